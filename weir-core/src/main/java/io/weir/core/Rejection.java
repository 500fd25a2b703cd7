package io.weir.core;

/**
 * Why a message was rejected: refused, dropped, disconnected or shed, or why it left its queue without being dispatched. Immutable.
 *
 * @param reason which limit rejected it
 * @param scope what that limit is the limit of; of {@link Reason#PRIORITY} the scope under pressure
 * @param current how much of the limit was taken, in {@link Reason#unit()}; 0 where nothing is counted
 * @param limit the limit, in {@link Reason#unit()}; 0 where nothing is counted
 * @param retryAfterNanos in how many nanoseconds from the offer to offer it again; 0 where that is not known, {@link #NEVER} where no
 *     waiting helps, because the message is larger than the limit
 */
public record Rejection(Reason reason, Scope scope, long current, long limit, long retryAfterNanos) {
    /** No waiting helps. */
    public static final long NEVER = -1;
}
