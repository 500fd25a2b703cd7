package io.weir.metrics;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A metric: its name and what it says. Registries add what their systems ask for: Prometheus shows
 * {@code weir.offered.messages} as {@code weir_offered_messages_total}.
 *
 * @param kind how its values behave
 * @param name in Micrometer's form, words with dots between them
 * @param unit in the plural, such as {@code bytes}; null where values have none
 * @param description one sentence without a full stop
 * @param labels the names of its labels
 */
public record Metric(Kind kind, String name, @Nullable String unit, String description, List<String> labels) {
    /** How the values of a metric behave. */
    public enum Kind {
        /** Never decreases while the process runs. */
        COUNTER,
        /** A value of now. */
        GAUGE,
        /** Durations by bucket, with their number and their sum. */
        HISTOGRAM
    }

    static Metric counter(String name, @Nullable String unit, String description, String... labels) {
        return new Metric(Kind.COUNTER, name, unit, description, List.of(labels));
    }

    static Metric gauge(String name, @Nullable String unit, String description, String... labels) {
        return new Metric(Kind.GAUGE, name, unit, description, List.of(labels));
    }

    static Metric histogram(String name, String description, String... labels) {
        return new Metric(Kind.HISTOGRAM, name, "seconds", description, List.of(labels));
    }
}
