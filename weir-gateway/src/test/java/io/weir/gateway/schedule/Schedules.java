package io.weir.gateway.schedule;

import java.util.SplittableRandom;

/**
 * Runs random schedules of faults, each from a seed, in virtual time and without I/O. {@code -Dweir.schedules=N} says
 * how many (300 by default), {@code -Dweir.schedule.seed=N} with which seed they begin.
 */
public final class Schedules {
    private static final long COUNT = Long.getLong("weir.schedules", 300);
    private static final long FIRST = Long.getLong("weir.schedule.seed", 1);

    /** Within how many schedules a planted bug must be found. */
    private static final int WITHIN = 1_000;

    private Schedules() {}

    /** One schedule; it throws an {@link AssertionError} where what it drives differs from what it should do. */
    public interface Schedule {
        void run(SplittableRandom random);
    }

    /** Runs all; the seed of one that fails is in the error. */
    public static void run(String name, Schedule schedule) {
        for (long seed = FIRST; seed < FIRST + COUNT; seed++) {
            try {
                schedule.run(new SplittableRandom(seed));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        name + " fails with -Dweir.schedule.seed=" + seed + " -Dweir.schedules=1: " + e.getMessage(),
                        e);
            }
        }
        System.out.println("schedules: " + name + ", " + COUNT + " seeds from " + FIRST + " on passed");
    }

    /** Requires that a schedule with a planted bug fails. */
    public static void requireFound(String bug, Schedule schedule) {
        for (long seed = 1; seed <= WITHIN; seed++) {
            try {
                schedule.run(new SplittableRandom(seed));
            } catch (AssertionError found) {
                System.out.println("schedules: " + bug + " found by seed " + seed);
                return;
            }
        }
        throw new AssertionError(bug + " was not found by " + WITHIN + " seeds");
    }
}
