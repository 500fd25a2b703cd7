package io.weir.sim.engine;

/**
 * Pseudo-random numbers that are the same on every JDK and machine: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014)
 * with logarithms and roots of {@link StrictMath}. Not thread-safe.
 */
public final class Randomness {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;
    private static final double UNIT = 0x1.0p-53;
    private static final int UNUSED_BITS = 11;

    private long state;

    /**
     * A sequence of its own for each stream of a seed: drawing from one does not move another.
     *
     * @param seed the run's
     * @param stream what the numbers are for
     */
    public Randomness(long seed, long stream) {
        this.state = mix(seed + GOLDEN_GAMMA) ^ mix(stream * GOLDEN_GAMMA + 1);
    }

    private static long mix(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** Any long, each as likely. */
    public long nextLong() {
        state += GOLDEN_GAMMA;
        return mix(state);
    }

    /** From 0 to 1, without 1. */
    public double nextDouble() {
        return (nextLong() >>> UNUSED_BITS) * UNIT;
    }

    /** From 0 to {@code bound}, without it. */
    public int below(int bound) {
        return (int) Math.floorMod(nextLong() >>> 1, (long) bound);
    }

    /** True in so many of a million cases. */
    public boolean isOneOf(int perMillion) {
        return perMillion > 0 && below(1_000_000) < perMillion;
    }

    /** Exponentially distributed with that mean; at least 1. */
    public long exponential(long mean) {
        return Math.max(1, (long) (-StrictMath.log(1 - nextDouble()) * mean));
    }

    /** Lognormally distributed with that mean; {@code sigma} is the deviation of its logarithm; at least 1. */
    public long lognormal(long mean, double sigma) {
        double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - nextDouble()));
        double normal = radius * StrictMath.cos(2 * StrictMath.PI * nextDouble());
        return Math.max(1, (long) (mean * StrictMath.exp(sigma * normal - sigma * sigma / 2)));
    }

    /** Uniformly distributed from {@code least} to {@code most}, both included; at least 1. */
    public long uniform(long least, long most) {
        return Math.max(1, least + Math.floorMod(nextLong() >>> 1, most - least + 1));
    }
}
