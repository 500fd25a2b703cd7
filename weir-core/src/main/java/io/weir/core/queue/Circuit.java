package io.weir.core.queue;

import io.weir.core.state.State;
import java.util.concurrent.TimeUnit;

/**
 * One circuit: closed, open for a pause, or half-open, with the evidence since it moved. A trial is one call, and one
 * more with each success; only what was dispatched as a trial counts then. The pause begins with a second and doubles
 * each time a trial fails. Not thread-safe.
 */
final class Circuit implements State.Stateful {
    private static final long FIRST_PAUSE = TimeUnit.SECONDS.toNanos(1);

    /** Asking an upstream that fails at once costs nothing, so that its return need not go unused for longer. */
    private static final long MAX_PAUSE_OF_DEAD = TimeUnit.SECONDS.toNanos(4);

    /** So many failures in a row are no chance where one of a hundred fails. */
    private static final int DEAD_RUN = 5;

    private static final int PART_OF_SQUARED_PERCENT = 25;
    private static final long DEAD_TIME = TimeUnit.SECONDS.toNanos(1);
    private static final int TRIAL_RUN = 3;
    private static final int CERTAIN = 100;
    private static final int RETRY_SLOTS = 64;

    /** When to come back to what is being tried. */
    private static final long TRIAL_UNDER_WAY = TimeUnit.SECONDS.toNanos(1);

    /** The epoch of what is no trial. */
    static final int NO_TRIAL = -1;

    private final CircuitPolicy policy;
    private CircuitState state = CircuitState.CLOSED;
    private int epoch;
    private long since;
    private long pause;

    /** Of the state under way. */
    private final ErrorWindow errors;

    private int failuresInARow;
    private long rowBegun;
    private int succeeded;
    private int trials;

    /** In the state under way. */
    private long refused;

    Circuit(CircuitPolicy policy, long now) {
        this.policy = policy;
        this.since = now;
        this.errors = new ErrorWindow(now);
    }

    CircuitState state() {
        return state;
    }

    /** What was counted in this state. */
    ErrorWindow errors() {
        return errors;
    }

    /**
     * When to come back, in nanoseconds: the first when it may be tried again, the next ones one after the other in as
     * long again as the pause was, and then again from its end on. A trial under way takes a second, as far as one can
     * tell.
     */
    long retryAfter(long now) {
        boolean open = state == CircuitState.OPEN;
        long earliest = open ? Math.max(1, since + pause - now) : TRIAL_UNDER_WAY;
        long slot = (open ? pause : TRIAL_UNDER_WAY) / RETRY_SLOTS;
        return earliest + slot * (refused++ % RETRY_SLOTS);
    }

    /** How many calls may be under way, of so many that there is capacity for. */
    int slots(int capacity) {
        return switch (state) {
            case CLOSED -> capacity;
            case OPEN -> 0;
            case HALF_OPEN -> Math.min(capacity, 1 + succeeded);
        };
    }

    /** Whether so many calls more may be under way. A batch larger than the trial goes alone. */
    boolean admits(int messages) {
        return state == CircuitState.CLOSED
                || (state == CircuitState.HALF_OPEN && (trials == 0 || trials + (long) messages <= 1L + succeeded));
    }

    /** Whether it is half-open and has no trial under way. */
    boolean awaitsTrial() {
        return state == CircuitState.HALF_OPEN && trials == 0;
    }

    /** Lets calls under way; returns what {@link #leave} and {@link #counts} want to be told of them. */
    int enter(int messages) {
        if (state != CircuitState.HALF_OPEN) {
            return NO_TRIAL;
        }
        trials += messages;
        return epoch;
    }

    /** Calls are not under way any more. */
    void leave(int messages, int entered) {
        if (entered == epoch) {
            trials -= messages;
        }
    }

    /** Whether the end of a call says something of the state under way: while half-open only if it is a trial. */
    boolean counts(int entered, long dispatchedAt) {
        return switch (state) {
            case CLOSED -> dispatchedAt - since >= 0;
            case OPEN -> false;
            case HALF_OPEN -> entered == epoch;
        };
    }

    int failuresInARow() {
        return failuresInARow;
    }

    /** @param counted whether it counts for the rate of failures as well, or only as one in a row */
    void ended(boolean failure, boolean counted, long now) {
        if (state == CircuitState.CLOSED) {
            errors.roll(now);
        }
        if (counted) {
            errors.add(failure);
        }
        if (!failure) {
            succeeded++;
            failuresInARow = 0;
        } else if (failuresInARow++ == 0) {
            rowBegun = now;
        }
    }

    /** Whether everything fails, without a success between: at once if it is much, else after a second. */
    boolean isDead(boolean onTrial, long now) {
        int percent = policy.errorPercent();
        if (percent == CERTAIN || failuresInARow == 0) {
            return false;
        }
        if (onTrial && failuresInARow >= TRIAL_RUN) {
            return true;
        }
        int row = DEAD_RUN + percent * percent / PART_OF_SQUARED_PERCENT;
        return failuresInARow >= 2 * row || (failuresInARow >= row && now - rowBegun >= DEAD_TIME);
    }

    /** Whether more fail than may. */
    boolean isFailing() {
        int percent = policy.errorPercent();
        return state == CircuitState.HALF_OPEN ? errors.isTrialFailing(percent) : errors.isFailing(percent);
    }

    /** @param dead whether all that was sent failed; else some succeeded, or nothing was answered */
    void open(boolean dead, long now) {
        boolean again =
                state == CircuitState.HALF_OPEN || now - since < policy.trial().toNanos();
        long longest = policy.open().toNanos();
        if (pause == 0 || !again) {
            pause = Math.min(longest, FIRST_PAUSE);
        } else {
            pause = Math.min(2 * pause, dead ? Math.min(longest, MAX_PAUSE_OF_DEAD) : longest);
        }
        move(CircuitState.OPEN, now);
    }

    /** Moves on with time. True if the state changed. */
    boolean advance(long now) {
        if (state == CircuitState.OPEN && now - since >= pause) {
            move(CircuitState.HALF_OPEN, now);
            return true;
        }
        if (state == CircuitState.HALF_OPEN
                && succeeded > 0
                && now - since >= policy.trial().toNanos()) {
            move(CircuitState.CLOSED, now);
            return true;
        }
        return false;
    }

    private void move(CircuitState to, long now) {
        state = to;
        since = now;
        epoch++;
        errors.clear(now);
        failuresInARow = 0;
        succeeded = 0;
        trials = 0;
        refused = 0;
    }

    @Override
    public void state(State fields) {
        state = fields.constant("state", state);
        epoch = fields.number("epoch", epoch);
        since = fields.number("since", since);
        pause = fields.number("pause", pause);
        fields.part("errors", errors);
        failuresInARow = fields.number("failures_in_a_row", failuresInARow);
        rowBegun = fields.number("row_begun", rowBegun);
        succeeded = fields.number("succeeded", succeeded);
        trials = fields.number("trials", trials);
        refused = fields.number("refused", refused);
    }
}
