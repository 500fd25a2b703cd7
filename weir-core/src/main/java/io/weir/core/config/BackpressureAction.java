package io.weir.core.config;

import java.util.Optional;

/** What happens to a message that a limit rejects. */
public enum BackpressureAction {
    /** The sender is answered with an error and keeps its connection. */
    REFUSE("refuse"),
    /** The offered message is thrown away; a request is still answered unless {@code drop_silently} is set. */
    DROP_NEWEST("drop_newest"),
    /** The oldest queued message of the connection is thrown out, and answered, until the offered one fits. */
    DROP_OLDEST("drop_oldest"),
    /** The sender is answered and its connection is closed after that answer. */
    DISCONNECT("disconnect"),
    /**
     * The sender is not read any further until its connection's limit is at most half taken and what it sent fits. For
     * transports whose reading can be stopped.
     */
    PAUSE("pause");

    static final ValueType<BackpressureAction> TYPE = ValueType.of(
            "refuse, drop, drop_newest, drop_oldest, disconnect or pause",
            (key, text) -> ofKey(text)
                    .orElseThrow(() -> new InvalidConfigException(
                            key,
                            "must be refuse, drop, drop_newest, drop_oldest, disconnect or pause, but is '" + text
                                    + "'")),
            BackpressureAction::key);

    private final String key;

    BackpressureAction(String key) {
        this.key = key;
    }

    /** The name of this action in a configuration file. */
    public String key() {
        return key;
    }

    /** The action named {@code key}; {@code drop} is the original's name for {@code drop_newest}. */
    public static Optional<BackpressureAction> ofKey(String key) {
        if (key.equals("drop")) {
            return Optional.of(DROP_NEWEST);
        }
        for (BackpressureAction action : values()) {
            if (action.key.equals(key)) {
                return Optional.of(action);
            }
        }
        return Optional.empty();
    }
}
