package io.weir.sim.engine;

/**
 * Virtual time in bins of equal, round length. If the end is no multiple of that length, the last bin is up to half of
 * it shorter or longer, so that no rate is that of a sliver. Immutable.
 *
 * @param step the length of a bin in nanoseconds, a multiple of 25 ms
 * @param end of the last bin, in nanoseconds
 */
public record Bins(long step, long end) {
    /** The most bins that there are. */
    public static final int MAX = 120;

    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1000 * MILLI;
    private static final long MINUTE = 60 * SECOND;
    private static final long HOUR = 60 * MINUTE;
    private static final long DAY = 24 * HOUR;
    private static final long[] ROUND = {
        25 * MILLI,
        50 * MILLI,
        100 * MILLI,
        200 * MILLI,
        500 * MILLI,
        SECOND,
        2 * SECOND,
        5 * SECOND,
        10 * SECOND,
        15 * SECOND,
        30 * SECOND,
        MINUTE,
        2 * MINUTE,
        5 * MINUTE,
        10 * MINUTE,
        15 * MINUTE,
        30 * MINUTE,
        HOUR,
        2 * HOUR,
        6 * HOUR,
        12 * HOUR,
        DAY
    };

    /**
     * The shortest round bins of which {@link #MAX} cover a duration.
     *
     * @param duration in nanoseconds; one shorter than the shortest bin is taken to be as long
     */
    public static Bins of(long duration) {
        long end = Math.max(ROUND[0], duration);
        for (long step : ROUND) {
            Bins bins = new Bins(step, end);
            if (bins.count() <= MAX) {
                return bins;
            }
        }
        return new Bins((end / MAX / DAY + 1) * DAY, end);
    }

    /** How many bins there are, at least 1. */
    public int count() {
        return (int) Math.max(1, (2 * end + step) / (2 * step));
    }

    /** The bin that a time from 0 to the end belongs to; the end itself belongs to the last one. */
    public int at(long time) {
        return (int) Math.min(time / step, count() - 1);
    }

    /** When a bin begins; nanoseconds. */
    public long start(int bin) {
        return bin * step;
    }

    /** When a bin ends; nanoseconds. */
    public long end(int bin) {
        return bin == count() - 1 ? end : (bin + 1) * step;
    }
}
