package io.weir.core.queue;

import io.weir.core.state.State;
import java.util.concurrent.TimeUnit;

/**
 * How many calls failed of how many that ended: over 10 s and 100 calls at least, 2 minutes at most. Integers only. Not
 * thread-safe.
 */
final class ErrorWindow implements State.Stateful {
    private static final long WINDOW = TimeUnit.SECONDS.toNanos(10);
    private static final long MAX_WINDOW = TimeUnit.MINUTES.toNanos(2);
    private static final int MIN_CALLS = 100;
    private static final int MIN_FAILURES = 20;

    /** Four standard deviations, squared. */
    private static final long MARGIN = 16;

    private long begun;
    private int calls;
    private int failures;

    ErrorWindow(long now) {
        this.begun = now;
    }

    /** True if a window has begun anew. */
    boolean roll(long now) {
        long age = now - begun;
        if (age >= MAX_WINDOW || (age >= WINDOW && calls >= MIN_CALLS)) {
            clear(now);
            return true;
        }
        return false;
    }

    void clear(long now) {
        begun = now;
        calls = 0;
        failures = 0;
    }

    void add(boolean failure) {
        calls++;
        if (failure) {
            failures++;
        }
    }

    /** Takes out what another window has counted: it is explained otherwise. */
    void subtract(ErrorWindow explained) {
        failures = Math.max(0, failures - explained.failures);
        calls = Math.max(failures, calls - explained.calls);
    }

    int failures() {
        return failures;
    }

    /** Whether so many failures are more than so many percent, and more than chance. */
    boolean isFailing(int percent) {
        return failures >= MIN_FAILURES && exceeds(percent, failures, calls);
    }

    /** Whether that would be so without what the other window has counted. */
    boolean isFailingWithout(ErrorWindow other, int percent) {
        return exceeds(percent, failures - other.failures, calls - other.calls);
    }

    /** As {@link #isFailing}, for the few calls of a trial: three failures, and more than a tenth, at least. */
    boolean isTrialFailing(int percent) {
        return failures >= 3 && 10L * failures > calls && exceedsAny(percent, failures, calls);
    }

    private static boolean exceeds(int percent, long failed, long ended) {
        return ended >= MIN_CALLS && exceedsAny(percent, failed, ended);
    }

    /** The number of failures is above its mean by four times its deviation, if so many percent fail by chance. */
    private static boolean exceedsAny(int percent, long failed, long ended) {
        long over = 100 * failed - percent * ended;
        return over > 0 && over * over > MARGIN * 100 * percent * ended;
    }

    @Override
    public void state(State state) {
        begun = state.number("begun", begun);
        calls = state.number("calls", calls);
        failures = state.number("failures", failures);
    }
}
