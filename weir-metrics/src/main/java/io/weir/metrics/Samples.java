package io.weir.metrics;

import io.micrometer.core.instrument.Tag;
import io.weir.core.queue.DurationCounts;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The values of metrics at one time. Not thread-safe. */
public final class Samples {
    private final Map<SeriesKey, Double> values = new LinkedHashMap<>();
    private final Map<SeriesKey, List<DurationCounts>> durations = new LinkedHashMap<>();
    private final Set<SeriesKey> exact = new HashSet<>();

    /** A metric with one value of each of its labels. */
    record SeriesKey(Metric metric, List<String> labels) {
        SeriesKey {
            if (labels.size() != metric.labels().size()) {
                throw new IllegalArgumentException(metric.name() + " has the labels " + metric.labels());
            }
        }

        List<Tag> tags() {
            List<Tag> tags = new ArrayList<>();
            for (int i = 0; i < labels.size(); i++) {
                tags.add(Tag.of(metric.labels().get(i), labels.get(i)));
            }
            return tags;
        }
    }

    /**
     * Says a value. Values of the same labels are added up.
     *
     * @param metric a counter or a gauge
     * @param labels a value for each label of the metric, in the same order
     */
    public void add(Metric metric, double value, String... labels) {
        values.merge(new SeriesKey(metric, List.of(labels)), value, Double::sum);
    }

    /**
     * Says a value. Values of the same labels are added up.
     *
     * @param metric a counter or a gauge
     * @param value exact up to 2^53
     * @param labels a value for each label of the metric, in the same order
     */
    public void add(Metric metric, long value, String... labels) {
        add(metric, (double) value, labels);
    }

    /**
     * Says a counter that never decreases, so that a lower value than before is that of another thing of the same
     * labels.
     *
     * @param labels a value for each label of the metric, in the same order
     */
    void addExact(Metric metric, long value, String... labels) {
        add(metric, value, labels);
        exact.add(new SeriesKey(metric, List.of(labels)));
    }

    /** Whether a counter is that of another thing than when it had that value. */
    boolean beganAgain(SeriesKey key, double before) {
        Double now = values.get(key);
        return now != null && now < before && exact.contains(key);
    }

    /** Says durations that were not said before. */
    void add(Metric metric, DurationCounts counts, String... labels) {
        durations
                .computeIfAbsent(new SeriesKey(metric, List.of(labels)), key -> new ArrayList<>())
                .add(counts);
    }

    Map<SeriesKey, Double> values() {
        return values;
    }

    Map<SeriesKey, List<DurationCounts>> durations() {
        return durations;
    }
}
