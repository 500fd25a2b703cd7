package io.weir.gateway.admission;

import org.jspecify.annotations.Nullable;

/**
 * A message that did not fit its connection's limits, and is held while the transport that it came by is not read. It is offered again
 * when the core says that the connection is drained, and its time to live counts from when it came. To be used by one thread at a time,
 * until one of its methods has returned another verdict or it was {@linkplain #withdraw withdrawn}.
 */
public final class PausedRequest {
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

    PausedConnections.Key key() {
        return key;
    }

    void notifyDrained() {
        callback.drained();
    }

    /** When its time to live has passed, in nanoseconds of the monotonic clock: then it is to be {@linkplain #giveUp given up}. */
    public long deadline() {
        return deadline;
    }

    /** Offers it again; {@link Verdict.Paused} with this same message if it has to be held for longer. */
    public Verdict offer(long now) {
        return decide(true, now);
    }

    /** Has it decided now, whether it fits or not: it is not held any longer. */
    public Verdict giveUp(long now) {
        return decide(false, now);
    }

    private Verdict decide(boolean mayPause, long now) {
        Verdict verdict = attempt.offer(mayPause && deadline - now > 0, Math.max(1, deadline - now), now);
        if (verdict == null) {
            return new Verdict.Paused(this);
        }
        paused.remove(this);
        return verdict;
    }

    /** The client is gone: nothing becomes of it. */
    public void withdraw() {
        paused.remove(this);
    }
}
