package io.weir.config;

import io.weir.core.Priority;
import io.weir.core.config.InvalidConfigException;
import io.weir.core.queue.Capacity;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a method or tool differs in, while it is being put together. */
final class WorkDraft {
    static final List<String> KEYS = List.of("capacity", "ttl_ms", "priority", "weight");

    private @Nullable Capacity capacity;
    private @Nullable Duration ttl;
    private @Nullable Priority priority;
    private @Nullable Integer weight;

    /** @throws InvalidConfigException if the text is no value for that key, which is one of {@link #KEYS} */
    void set(String key, String text) {
        switch (key) {
            case "capacity" -> capacity = Texts.capacity(key, text);
            case "ttl_ms" -> ttl = Texts.millis(key, text, UpstreamDraft.MAX_TTL);
            case "priority" -> priority = Texts.priority(key, text);
            default -> weight = Texts.integer(key, text, 1, UpstreamDraft.MAX_WEIGHT);
        }
    }

    OperationConfig build() {
        return new OperationConfig(
                Optional.ofNullable(capacity),
                Optional.ofNullable(ttl),
                Optional.ofNullable(priority),
                Optional.ofNullable(weight));
    }
}
