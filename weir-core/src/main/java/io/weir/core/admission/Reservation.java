package io.weir.core.admission;

import io.weir.core.Reason;
import io.weir.core.Rejection;
import io.weir.core.Scope;
import io.weir.core.rate.Rate;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * What an admitted message has reserved of the limits, until it is released; of a rejected one, why. Made by the
 * caller, one a message, so that a decision allocates nothing. A message that waits in a queue is a reservation as
 * well, and so this class can be extended.
 *
 * <p>It is offered by one thread and may be released by any, once. Whoever released it may offer it again.
 */
public class Reservation {
    private static final VarHandle HELD;

    static {
        try {
            HELD = MethodHandles.lookup().findVarHandle(Reservation.class, "held", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The largest batch that can be offered as one: 2^20 messages. */
    public static final int MAX_MESSAGES = 1 << 20;

    /** The most bytes that can be offered as one: 2^37, 128 GiB. */
    public static final long MAX_BYTES = 1L << 37;

    private volatile boolean held;
    private boolean control;
    private boolean mayPause = true;

    // Written by the offering thread while nothing is held; read by the releasing one, after it has seen that something
    // is held.
    private @Nullable Connection connection;
    private long amount;
    private @Nullable ActiveConfig chargedConfig;
    private @Nullable EffectiveRates chargedRates;
    private long chargedAt;

    private @Nullable Reason reason;
    private @Nullable Scope scope;
    private long current;
    private long limit;
    private long retryAfterNanos;

    /** Whether this holds messages and bytes now. */
    public final boolean isHeld() {
        return held;
    }

    /** The limit that rejected the message; null after an admission. */
    public final @Nullable Reason reason() {
        return reason;
    }

    /**
     * When to offer the same message again, in nanoseconds from the time it was offered at; 0 where that is not known,
     * or {@link Rejection#NEVER}. A rate gives each rejection a time of its own, at most 10 s later than the earliest.
     * It is 0 for limits on what is pending, whose relief depends on the upstream.
     */
    public final long retryAfterNanos() {
        return retryAfterNanos;
    }

    /** Why the message was rejected, as one value; null after an admission. Made anew by each call. */
    public final @Nullable Rejection rejection() {
        Reason why = reason;
        Scope of = scope;
        return why == null || of == null ? null : new Rejection(why, of, current, limit, retryAfterNanos);
    }

    /** Notes why the message is rejected, or leaves its queue. */
    public final void reject(Reason why, Scope of, long taken, long bound, long retryNanos) {
        reason = why;
        scope = of;
        current = taken;
        limit = bound;
        retryAfterNanos = retryNanos;
    }

    /** Notes when to offer a rejected message again, where that was not known. */
    public final void retryAfter(long nanos) {
        retryAfterNanos = nanos;
    }

    /** How much of the limit was taken when the message was rejected, in {@link Reason#unit()}. */
    public final long current() {
        return current;
    }

    /** The limit that rejected the message, in {@link Reason#unit()}. */
    public final long limit() {
        return limit;
    }

    /** What the limit is the limit of that rejected the message; null after an admission. */
    public final @Nullable Scope scope() {
        return scope;
    }

    /**
     * Says that its sender cannot be held back: it is refused where its connection would be {@linkplain Decision#PAUSED
     * paused}. To be called before it is offered.
     */
    public final void refuseInsteadOfPause() {
        mayPause = false;
    }

    /** Whether its connection may be {@linkplain Decision#PAUSED paused} for it. */
    public final boolean mayPause() {
        return mayPause;
    }

    final void requireFree() {
        if (held) {
            throw new IllegalStateException("This reservation is held: release it before it is offered again");
        }
    }

    /** Notes under which rates the buckets were charged, for {@link #chargedRates}. */
    final void charged(ActiveConfig config, @Nullable EffectiveRates rates, long now) {
        chargedConfig = config;
        chargedRates = rates;
        chargedAt = now;
    }

    final @Nullable ActiveConfig chargedConfig() {
        return chargedConfig;
    }

    final @Nullable EffectiveRates chargedRates() {
        return chargedRates;
    }

    final long chargedAt() {
        return chargedAt;
    }

    final void hold(Connection holder, long reserved, boolean controlLane) {
        connection = holder;
        amount = reserved;
        control = controlLane;
        reason = null;
        scope = null;
        HELD.setRelease(this, true);
    }

    /** Ends the holding; false if nothing is held (any more). */
    final boolean end() {
        return HELD.compareAndSet(this, true, false);
    }

    final @Nullable Connection holder() {
        return connection;
    }

    final long amount() {
        return amount;
    }

    final boolean isControl() {
        return control;
    }

    /** Records which of the two bounds of a limit the offered amount passed. */
    final void reject(Reason messagesReason, Limit passed, long taken, int messages, long bytes) {
        if (Amount.messages(taken) + messages > passed.maxMessages) {
            boolean never = messages > passed.maxMessages;
            reject(messagesReason, Amount.messages(taken), passed.maxMessages, never ? Rejection.NEVER : 0);
        } else {
            boolean never = bytes > passed.maxBytes;
            reject(ofBytes(messagesReason), Amount.bytes(taken), passed.maxBytes, never ? Rejection.NEVER : 0);
        }
    }

    private void reject(Reason why, long taken, long bound, long retryNanos) {
        reject(why, why.scope(), taken, bound, retryNanos);
    }

    private static Reason ofBytes(Reason messages) {
        return switch (messages) {
            case CONNECTION_MESSAGES -> Reason.CONNECTION_BYTES;
            case TENANT_MESSAGES -> Reason.TENANT_BYTES;
            case GLOBAL_MESSAGES -> Reason.GLOBAL_BYTES;
            default -> messages;
        };
    }

    /** Records the rate that the offered messages passed. */
    final void reject(Reason why, Rate rate, boolean never, long waitNanos) {
        reject(why, rate.perSecond(), rate.perSecond(), never ? Rejection.NEVER : waitNanos);
    }

    /** Records that pressure sheds the message. */
    final void rejectByPressure(Scope pressed, Limit passed, long taken) {
        reject(Reason.PRIORITY, pressed, Amount.messages(taken), passed.maxMessages, 0);
    }

    final void rejectClosed() {
        reject(Reason.CLOSED, 0, 0, 0);
    }

    /** Whether waiting helps, and its sender can be made to wait. */
    final boolean canWait() {
        return mayPause && retryAfterNanos >= 0;
    }
}
