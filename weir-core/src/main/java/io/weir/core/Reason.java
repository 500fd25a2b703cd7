package io.weir.core;

import java.util.Locale;

/** Why a message was rejected, or thrown out of a queue. */
public enum Reason {
    CONNECTION_MESSAGES(Scope.CONNECTION, Unit.MESSAGES),
    CONNECTION_BYTES(Scope.CONNECTION, Unit.BYTES),
    TENANT_MESSAGES(Scope.TENANT, Unit.MESSAGES),
    TENANT_BYTES(Scope.TENANT, Unit.BYTES),
    GLOBAL_MESSAGES(Scope.GLOBAL, Unit.MESSAGES),
    GLOBAL_BYTES(Scope.GLOBAL, Unit.BYTES),
    /** The connection's token bucket is empty. */
    RATE(Scope.CONNECTION, Unit.MESSAGES_PER_SECOND),
    /** The tenant's token bucket is empty. */
    TENANT_RATE(Scope.TENANT, Unit.MESSAGES_PER_SECOND),
    /** The control lane of the connection is full: more than any honest client sends. */
    CONTROL(Scope.CONNECTION, Unit.MESSAGES),
    /** The control lane of the process is full. */
    GLOBAL_CONTROL(Scope.GLOBAL, Unit.MESSAGES),
    /** Weir is closing and admits nothing, or was closed before the message's turn came. */
    CLOSED(Scope.GLOBAL, Unit.MESSAGES),
    /** There is pressure, and the message's priority is low. The scope is that of the limit under pressure. */
    PRIORITY(Scope.GLOBAL, Unit.MESSAGES),
    /** The message would wait for longer than it is worth. */
    WAIT(Scope.UPSTREAM, Unit.NANOSECONDS),
    /** The upstream is failing, and is left alone for a while. */
    CIRCUIT_OPEN(Scope.UPSTREAM, Unit.MESSAGES),
    /** The message's time to live passed while it was queued. */
    EXPIRED(Scope.UPSTREAM, Unit.NANOSECONDS),
    /** A later message of the same connection took its place in the queue. */
    DROPPED_OLDEST(Scope.CONNECTION, Unit.MESSAGES),
    /** The connection was reset while the message was queued. */
    RESET(Scope.CONNECTION, Unit.MESSAGES),
    /** The client took the message back while it was queued. */
    CANCELLED(Scope.CONNECTION, Unit.MESSAGES),
    /** Too many streams are open. The scope is that of the limit that is reached. */
    STREAMS(Scope.CONNECTION, Unit.STREAMS),
    /** The session of the message has reached its maximum age. */
    SESSION_AGE(Scope.CONNECTION, Unit.NANOSECONDS),
    /** The connection of the client has reached its maximum age. */
    CONNECTION_AGE(Scope.CONNECTION, Unit.NANOSECONDS);

    /** What {@link Rejection#current()} and {@link Rejection#limit()} count. */
    public enum Unit {
        MESSAGES,
        BYTES,
        MESSAGES_PER_SECOND,
        NANOSECONDS,
        STREAMS
    }

    private final Scope scope;
    private final Unit unit;
    private final String key = name().toLowerCase(Locale.ROOT);

    Reason(Scope scope, Unit unit) {
        this.scope = scope;
        this.unit = unit;
    }

    /** What the limit is the limit of. */
    public Scope scope() {
        return scope;
    }

    /** What the limit counts. */
    public Unit unit() {
        return unit;
    }

    /** The name of this reason in refusals and statistics, such as {@code connection_messages}. */
    public String key() {
        return key;
    }
}
