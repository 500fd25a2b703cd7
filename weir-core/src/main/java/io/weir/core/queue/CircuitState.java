package io.weir.core.queue;

import java.util.Locale;

/** Whether an upstream is sent messages. */
public enum CircuitState {
    /** It is. */
    CLOSED,
    /** It is left alone. */
    OPEN,
    /** It is tried, at growing load. */
    HALF_OPEN;

    private final String key = name().toLowerCase(Locale.ROOT);

    /** The name of this state in statistics. */
    public String key() {
        return key;
    }
}
