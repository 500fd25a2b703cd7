package io.weir.core.admission;

import io.weir.core.Reason;
import io.weir.core.Scope;
import io.weir.core.rate.Rate;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The right that an admitted message holds until it is finished, or the reason why it was rejected. Made by the caller, one a message (inside its exchange),
 * so that a decision allocates nothing; may be offered again once it was released.
 */
public final class Reservation {
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Reservation.class, "state", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The largest batch that can be offered as one: 2^20 messages. */
    public static final int MAX_MESSAGES = 1 << 20;

    /** The most bytes that can be offered as one: 2^37, 128 GiB. */
    public static final long MAX_BYTES = 1L << 37;

    private static final long NO_WAITING_HELPS = -1;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    /** The ticket of the last admission, and in the lowest bit whether it is held. */
    private volatile long state;

    /* Written by the offering thread while nothing is held; read by the releasing one, which had the ticket after that. */
    private @Nullable Connection connection;
    private long amount;
    private @Nullable ActiveConfig activeConfig;
    private @Nullable EffectiveRates lowered;
    private long chargedAt;
    private boolean control;
    private @Nullable Reason reason;
    private long current;
    private long limit;
    private long retryAfterNanos;
    private Scope pressed = Scope.GLOBAL;

    /**
     * Identifies the holding that began with the last admission: what {@link Admission#release} takes, so that a stale
     * one releases nothing.
     */
    public long ticket() {
        return state >>> 1;
    }

    /** Whether this permit holds messages and bytes now. */
    public boolean isHeld() {
        return (state & 1) == 1;
    }

    /** The limit that turned the message away; null after an admission. */
    public @Nullable Reason reason() {
        return reason;
    }

    /** The scope of what turned the message away; null after an admission. */
    public @Nullable Scope scope() {
        Reason spoke = reason;
        return spoke == null ? null : spoke == Reason.PRIORITY ? pressed : spoke.scope();
    }

    /** How much of the limit was taken when the message was rejected, in {@link Reason#unit()}. */
    public long current() {
        return current;
    }

    /** The limit that turned the message away, in {@link Reason#unit()}. */
    public long limit() {
        return limit;
    }

    /**
     * When to offer the same message again, in nanoseconds from the time it was offered at: when it would pass the rate that turned it
     * away, and not at the time that another message was told that this rate has rejected, which may be up to 10 s later; 0
     * where a queue limit spoke, whose relief depends on the upstream; -1 where no waiting helps, because the message
     * is larger than the limit.
     */
    public long retryAfterNanos() {
        return retryAfterNanos;
    }

    void requireFree() {
        if (isHeld()) {
            throw new IllegalStateException("This reservation is held: release it before it is offered again");
        }
    }

    /** Notes under which rates the buckets were charged, for {@link #refundRates}. */
    void charged(ActiveConfig current, @Nullable EffectiveRates rates, long now) {
        activeConfig = current;
        lowered = rates;
        chargedAt = now;
    }

    /**
     * Gives back to the buckets of the holder what was charged, at the rates of then. Not if another configuration is
     * in force by now:
     * replacing it has bounded what a bucket may be owed.
     */
    void refundRates(Connection holder, int messages, ActiveConfig current, long now) {
        if (activeConfig != current) {
            return;
        }
        holder.bucket.refund(current.connectionRate, messages, chargedAt, now);
        boolean tenants = current.limitsTenants();
        if (tenants) {
            holder.owner.bucket.refund(current.tenantRate, messages, chargedAt, now);
        }
        EffectiveRates rates = lowered;
        if (rates != null) {
            rates.bucket(holder, now).refund(rates.connection, messages, chargedAt, now);
            if (tenants) {
                rates.tenantBucket(holder, now).refund(rates.tenant, messages, chargedAt, now);
            }
        }
    }

    /** The holding begins. */
    void hold(Connection holder, long held, boolean controlLane) {
        connection = holder;
        amount = held;
        control = controlLane;
        reason = null;
        STATE.setRelease(this, (ticket() + 1) << 1 | 1);
    }

    /** Ends the holding of that ticket; false if it had ended. What it held must be read before. */
    boolean end(long ticket) {
        return STATE.compareAndSet(this, ticket << 1 | 1, ticket << 1);
    }

    @Nullable
    Connection holder() {
        return connection;
    }

    long amount() {
        return amount;
    }

    boolean isControl() {
        return control;
    }

    /** The reason, of a permit that was just rejected. */
    Reason rejectionReason() {
        return Objects.requireNonNull(reason);
    }

    /** Records which of the two bounds of a limit the offered amount passed. */
    void reject(Reason messagesReason, Limit spoke, long held, int messages, long bytes) {
        if (Amount.messages(held) + messages > spoke.maxMessages) {
            record(messagesReason, Amount.messages(held), spoke.maxMessages, messages > spoke.maxMessages);
        } else {
            record(ofBytes(messagesReason), Amount.bytes(held), spoke.maxBytes, bytes > spoke.maxBytes);
        }
    }

    private static Reason ofBytes(Reason messages) {
        return switch (messages) {
            case CONNECTION_MESSAGES -> Reason.CONNECTION_BYTES;
            case TENANT_MESSAGES -> Reason.TENANT_BYTES;
            case GLOBAL_MESSAGES -> Reason.GLOBAL_BYTES;
            default -> messages;
        };
    }

    private void record(Reason spoke, long taken, long bound, boolean never) {
        reason = spoke;
        current = taken;
        limit = bound;
        retryAfterNanos = never ? NO_WAITING_HELPS : 0;
    }

    /** Records the rate that the offered messages passed. */
    void reject(Reason spoke, Rate rate, boolean never, long waitNanos) {
        reason = spoke;
        current = rate.perSecond();
        limit = rate.perSecond();
        retryAfterNanos = never ? NO_WAITING_HELPS : waitNanos;
    }

    /** Spreads those who come back with what a rate has refused; to be called once for each refusal, after it was counted. */
    void spreadRetries(Connection refused, int messages, long now) {
        Reason spoke = reason;
        if (retryAfterNanos > 0 && (spoke == Reason.RATE || spoke == Reason.TENANT_RATE)) {
            long interval = (NANOS_PER_SECOND + limit - 1) / limit * messages;
            retryAfterNanos = refused.retryAfter(spoke, retryAfterNanos, interval, now);
        }
    }

    /** Records that pressure sheds the message. */
    void rejectByPressure(Scope scope, Limit limit, long held) {
        record(Reason.PRIORITY, Amount.messages(held), limit.maxMessages, false);
        pressed = scope;
    }

    boolean mayPassLater() {
        return retryAfterNanos >= 0;
    }

    void rejectClosed() {
        record(Reason.CLOSED, 0, 0, false);
    }
}
