package io.weir.core;

import java.util.Locale;

/** What was done with a message that was rejected. */
public enum RejectionAction {
    /** Its sender got an error. */
    REFUSED,
    /** It was thrown away. */
    DROPPED,
    /** Its connection was closed. */
    DISCONNECTED,
    /** Its sender got an error: for its priority, its likely wait, or because the upstream is out of order. */
    SHED;

    private final String key = name().toLowerCase(Locale.ROOT);

    /** The name of this action in statistics and metrics. */
    public String key() {
        return key;
    }
}
