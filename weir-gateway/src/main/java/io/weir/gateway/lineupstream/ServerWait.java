package io.weir.gateway.lineupstream;

import io.weir.gateway.child.ChildBudget;
import java.util.function.BooleanSupplier;

/** The wait of a request for a child, of which there may be no more now. Confined to its event loop. */
final class ServerWait {
    private final LineSessions sessions;
    private final LineLoop loop;
    private String address = LineSessions.SEVERAL;
    private boolean counted;
    private boolean over;

    ServerWait(LineSessions sessions, LineLoop loop) {
        this.sessions = sessions;
        this.loop = loop;
    }

    /**
     * Tries, and tries again, until it succeeds or the time is over.
     *
     * @param of the address that it is counted by, {@link LineSessions#SEVERAL} for a child of several sessions
     * @param deadline in nanoseconds of the monotonic clock
     * @param attempt true if it needs no further one
     * @param late is run if the time is over
     * @param full is run instead of a wait if too many requests wait
     */
    void begin(String of, long deadline, BooleanSupplier attempt, Runnable late, Runnable full) {
        if (attempt.getAsBoolean()) {
            return;
        }
        address = of;
        counted = sessions.beginWait(address);
        if (counted) {
            again(deadline, attempt, late);
        } else {
            full.run();
        }
    }

    private void again(long deadline, BooleanSupplier attempt, Runnable late) {
        loop.later(ChildBudget.RETRY_MILLIS, () -> {
            if (over) {
                return;
            }
            if (attempt.getAsBoolean()) {
                end();
            } else if (System.nanoTime() - deadline < 0) {
                again(deadline, attempt, late);
            } else {
                late.run();
            }
        });
    }

    /** Waits no longer; again changes nothing. */
    void end() {
        over = true;
        if (counted) {
            counted = false;
            sessions.endWait(address);
        }
    }
}
