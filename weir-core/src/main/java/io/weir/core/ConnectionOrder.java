package io.weir.core;

import java.util.Locale;

/** What connections are ordered by: those with the most of it come first. */
public enum ConnectionOrder {
    /** Pending messages. */
    MESSAGES,
    /** Pending bytes. */
    BYTES,
    /** Messages rejected since the connection was made or reset. */
    REJECTED,
    /** The time since something was last offered. */
    IDLE;

    private final String key = name().toLowerCase(Locale.ROOT);

    /** The name of this order where operators choose it. */
    public String key() {
        return key;
    }
}
