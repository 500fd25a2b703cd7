package io.weir.gateway.lineupstream;

import java.util.concurrent.TimeUnit;

/*
 * A server may work on one call for long and answer nothing meanwhile, not even a ping, if it has one thread. So silence
 * alone is no evidence, and neither is a call that took too long: the server must have written nothing at all for the
 * time limit of a request, and must then leave a probe unanswered as well. A call that was given up counts like any
 * other: clients often give up before the time limit, and a server that has hung answers none of them.
 */

/**
 * Decides whether a server has hung: it was given a request, has written nothing at all since, and does not answer a
 * probe either. Where the gateway itself did not run, time is counted anew. Not thread-safe.
 */
final class HangDetector {
    /** Checks are made several times a second. After a longer gap, what the server has written may not be read yet. */
    private static final long MAX_GAP = TimeUnit.SECONDS.toNanos(2);

    private State state = State.IDLE;

    /** Since when it has owed a response and has written nothing. */
    private long silentSince;

    /** Since when it has had the probe. */
    private long probedSince;

    private long checked;

    private enum State {
        /** It owes nothing. */
        IDLE,
        /** It owes a response. */
        OWES,
        /** The probe is on its way. */
        PROBED,
        /** It has the probe. */
        TAKEN,
        HUNG
    }

    /** What is to be done now. */
    enum Step {
        NOTHING,
        /** A probe is to be sent; {@link #probed} says that it was. */
        PROBE,
        /** The server is to be ended; said once. */
        END
    }

    /** The server is given a request. */
    void requested(long now) {
        if (state == State.IDLE) {
            state = State.OWES;
            silentSince = now;
        }
    }

    /** The probe was sent. */
    void probed() {
        state = State.PROBED;
    }

    /** The server has taken the probe. */
    void probeTaken(long now) {
        if (state == State.PROBED) {
            state = State.TAKEN;
            probedSince = now;
        }
    }

    /**
     * Looks at what the server has done.
     *
     * @param silent for how long it has written nothing, in nanoseconds
     * @param owes whether it has requests that it is to answer and that are not given up
     * @param silence how long it may be silent before it is probed
     * @param patience how long it may take to answer the probe
     */
    Step check(long now, long silent, boolean owes, long silence, long patience) {
        long gap = now - checked;
        checked = now;
        if (state == State.IDLE || state == State.HUNG) {
            return Step.NOTHING;
        }
        if (silent < now - silentSince) {
            state = owes ? State.OWES : State.IDLE;
            silentSince = now;
        } else if (gap > MAX_GAP) {
            silentSince = now;
            probedSince = now;
        } else if (state == State.OWES && now - silentSince >= silence) {
            return Step.PROBE;
        } else if (state == State.TAKEN && now - probedSince >= patience) {
            state = State.HUNG;
            return Step.END;
        }
        return Step.NOTHING;
    }
}
