package io.weir.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.weir.core.queue.DurationCounts;
import io.weir.metrics.Samples.SeriesKey;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The meters of one registry. Not thread-safe but for the values that the registry reads. */
final class Binding {
    private static final Duration[] BOUNDS = DurationCounts.boundsNanos().stream()
            .map(nanos -> Duration.ofNanos(nanos))
            .toArray(Duration[]::new);

    private final MeterRegistry registry;
    private final Runnable beforeReading;
    private final Map<SeriesKey, Series> series = new HashMap<>();
    private final Map<SeriesKey, Timer> timers = new HashMap<>();

    Binding(MeterRegistry registry, Runnable beforeReading) {
        this.registry = registry;
        this.beforeReading = beforeReading;
    }

    /** One value that the registry reads, on any thread. */
    private final class Series {
        private volatile double value;
        private boolean said;
        private final Meter meter;

        Series(SeriesKey key, double value) {
            this.value = value;
            Metric metric = key.metric();
            this.meter = metric.kind() == Metric.Kind.COUNTER
                    ? FunctionCounter.builder(metric.name(), this, Series::read)
                            .tags(key.tags())
                            .baseUnit(metric.unit())
                            .description(metric.description())
                            .register(registry)
                    : Gauge.builder(metric.name(), this, Series::read)
                            .tags(key.tags())
                            .baseUnit(metric.unit())
                            .description(metric.description())
                            .register(registry);
        }

        private double read() {
            beforeReading.run();
            return value;
        }
    }

    void apply(Samples samples) {
        series.values().forEach(each -> each.said = false);
        samples.values().forEach((key, value) -> {
            Series known = series.get(key);
            if (known != null && samples.beganAgain(key, known.value)) {
                registry.remove(known.meter);
                known = null;
            }
            if (known == null) {
                known = new Series(key, value);
                series.put(key, known);
            } else if (key.metric().kind() == Metric.Kind.COUNTER) {
                // What was being taken back when it was last read may have been counted.
                known.value = Math.max(known.value, value);
            } else {
                known.value = value;
            }
            known.said = true;
        });
        for (Iterator<Series> each = series.values().iterator(); each.hasNext(); ) {
            Series known = each.next();
            if (!known.said) {
                registry.remove(known.meter);
                each.remove();
            }
        }
        for (Iterator<Map.Entry<SeriesKey, Timer>> each = timers.entrySet().iterator(); each.hasNext(); ) {
            Map.Entry<SeriesKey, Timer> known = each.next();
            if (!samples.durations().containsKey(known.getKey())) {
                registry.remove(known.getValue());
                each.remove();
            }
        }
        samples.durations().forEach((key, counts) -> {
            Timer timer = timers.computeIfAbsent(key, this::timer);
            counts.forEach(each -> each.forEach(nanos -> timer.record(nanos, TimeUnit.NANOSECONDS)));
        });
    }

    private Timer timer(SeriesKey key) {
        return Timer.builder(key.metric().name())
                .tags(key.tags())
                .description(key.metric().description())
                .serviceLevelObjectives(BOUNDS)
                .register(registry);
    }

    void remove() {
        series.values().forEach(each -> registry.remove(each.meter));
        timers.values().forEach(registry::remove);
        series.clear();
        timers.clear();
    }
}
