package io.weir.gateway.admission;

import org.jspecify.annotations.Nullable;

/**
 * A message that did not fit its connection's limits, and is held while the transport that it came by is not read. It
 * is offered again when the core says that the connection is drained.
 */
final class PausedRequest implements Verdict.Paused, PausedConnections.Waiter {
    private final PausedConnections.Key key;
    private final AdmissionCallback callback;
    private final PausedConnections paused;
    private final Attempt attempt;
    private final long deadline;

    /** Offers the message. */
    interface Attempt {
        /** What is decided; null if its connection is to be paused, which it never is unless it may be. */
        @Nullable
        Verdict offer(boolean mayPause, long ttlNanos, long now);
    }

    PausedRequest(
            PausedConnections.Key key,
            AdmissionCallback callback,
            PausedConnections paused,
            Attempt attempt,
            long deadline) {
        this.key = key;
        this.callback = callback;
        this.paused = paused;
        this.attempt = attempt;
        this.deadline = deadline;
    }

    @Override
    public PausedConnections.Key key() {
        return key;
    }

    @Override
    public void notifyDrained() {
        callback.drained();
    }

    @Override
    public long deadline() {
        return deadline;
    }

    @Override
    public Verdict offer(long now) {
        return decide(true, now);
    }

    @Override
    public Verdict giveUp(long now) {
        return decide(false, now);
    }

    private Verdict decide(boolean mayPause, long now) {
        Verdict verdict = attempt.offer(mayPause && deadline - now > 0, Math.max(1, deadline - now), now);
        if (verdict == null) {
            return this;
        }
        paused.remove(this);
        return verdict;
    }

    @Override
    public void withdraw() {
        paused.remove(this);
    }
}
