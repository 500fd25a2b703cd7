package io.weir.sim.scenario;

import io.weir.sim.engine.Randomness;

/**
 * How long an upstream works on one message.
 *
 * @param shape of the distribution
 * @param mean in nanoseconds; of {@link Shape#UNIFORM} it follows from the bounds
 * @param least of {@link Shape#UNIFORM}
 * @param most of {@link Shape#UNIFORM}
 * @param sigma of {@link Shape#LOGNORMAL}: the deviation of the logarithm
 */
public record ServiceTime(Shape shape, long mean, long least, long most, double sigma) {
    /** A kind of distribution. */
    public enum Shape {
        CONSTANT,
        EXPONENTIAL,
        LOGNORMAL,
        UNIFORM
    }

    /** Always the same. */
    public static ServiceTime constant(long nanos) {
        return new ServiceTime(Shape.CONSTANT, nanos, nanos, nanos, 0);
    }

    /** Exponentially distributed. */
    public static ServiceTime exponential(long mean) {
        return new ServiceTime(Shape.EXPONENTIAL, mean, 0, 0, 0);
    }

    /** Draws one; nanoseconds, at least 1. */
    public long draw(Randomness random) {
        return switch (shape) {
            case CONSTANT -> Math.max(1, mean);
            case EXPONENTIAL -> random.exponential(mean);
            case LOGNORMAL -> random.lognormal(mean, sigma);
            case UNIFORM -> random.uniform(least, most);
        };
    }
}
