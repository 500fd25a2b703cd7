package io.weir.core;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How much a message matters when there is too much of everything. The order is the order of service. */
public enum Priority {
    /** Never refused and never queued: it has a lane of its own. */
    CONTROL,
    /** Calls: a client waits for the work. Rejected by the limits alone. */
    CALL,
    /** Lists and subscriptions. Shed from half-way between the pressure threshold and the limit. */
    LIST,
    /** Logging and progress. Shed while there is pressure. */
    BACKGROUND;

    private final String key = name().toLowerCase(Locale.ROOT);

    /** The name of this priority in a configuration file. */
    public String key() {
        return key;
    }

    /** The priority named {@code key}. */
    public static Optional<Priority> ofKey(String key) {
        return Arrays.stream(values()).filter(p -> p.key.equals(key)).findFirst();
    }
}
