package io.weir.core.admission;

import java.util.Locale;

/** Which limit turned a message away. */
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
    /** Weir is closing and admits nothing. */
    CLOSED(Scope.GLOBAL, Unit.MESSAGES);

    /** What {@link Permit#current()} and {@link Permit#limit()} count. */
    public enum Unit {
        MESSAGES,
        BYTES,
        MESSAGES_PER_SECOND
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

    /** The reason of the same limit's bound on bytes. */
    Reason inBytes() {
        return switch (this) {
            case CONNECTION_MESSAGES -> CONNECTION_BYTES;
            case TENANT_MESSAGES -> TENANT_BYTES;
            case GLOBAL_MESSAGES -> GLOBAL_BYTES;
            default -> this;
        };
    }

    /** The name of this reason in refusals and statistics, such as {@code connection_messages}. */
    public String key() {
        return key;
    }
}
