package io.weir.core;

import java.time.Duration;
import java.util.Optional;

/**
 * Why a message was rejected: refused, dropped, disconnected or shed, or why it left its queue without being
 * dispatched. Immutable.
 *
 * <pre>{@code
 * if (limiter.tryAcquire(tenant, session, bytes) instanceof Rejection no) {
 *     respond(429, no.reason().key(), no.retryAfter());
 * }
 * }</pre>
 *
 * @param reason which limit rejected it
 * @param scope what that limit is the limit of; of {@link Reason#PRIORITY} the scope under pressure
 * @param current how much of the limit was taken, in {@link Reason#unit()}; 0 where nothing is counted
 * @param limit the limit, in {@link Reason#unit()}; 0 where nothing is counted
 * @param retryAfterNanos in how many nanoseconds from the offer to offer it again; 0 where that is not known,
 *     {@link #NEVER} where no waiting helps, because the message is larger than the limit
 */
public record Rejection(Reason reason, Scope scope, long current, long limit, long retryAfterNanos)
        implements Acquisition {
    /** No waiting helps. */
    public static final long NEVER = -1;

    /**
     * How long to wait before the message is offered again: exact for a rate, an estimate for a queue. Empty where that
     * is not known, as for a limit on pending messages without a queue, and where {@linkplain #isPermanent() no waiting
     * helps}.
     */
    public Optional<Duration> retryAfter() {
        return retryAfterNanos > 0 ? Optional.of(Duration.ofNanos(retryAfterNanos)) : Optional.empty();
    }

    /** Whether no waiting helps, because the message is larger than the limit. */
    public boolean isPermanent() {
        return retryAfterNanos == NEVER;
    }
}
