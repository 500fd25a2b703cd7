package io.weir.gateway.ops;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.micrometer.registry.otlp.OtlpConfig;
import io.micrometer.registry.otlp.OtlpMeterRegistry;
import io.weir.config.MetricsConfig;
import io.weir.metrics.WeirMetrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The registries that metrics are shown in. Apart from {@link MetricsExporter}, so that their classes are loaded late.
 */
final class MetricsRegistries {
    private final WeirMetrics metrics;
    private final PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Optional<OtlpMeterRegistry> otlp;

    MetricsRegistries(WeirMetrics metrics, Optional<MetricsConfig.Otlp> receiver) {
        this.metrics = metrics;
        // Their names are not as Prometheus asks for.
        prometheus
                .config()
                .meterFilter(MeterFilter.denyNameStartsWith("process.cpu.time"))
                .meterFilter(MeterFilter.denyNameStartsWith("system.cpu.count"));
        new JvmMemoryMetrics().bindTo(prometheus);
        new ProcessorMetrics().bindTo(prometheus);
        new UptimeMetrics().bindTo(prometheus);
        this.otlp = receiver.map(each -> {
            OtlpMeterRegistry made = new Pushed(each, metrics);
            new JvmMemoryMetrics().bindTo(made);
            return made;
        });
        List<MeterRegistry> all = new ArrayList<>(List.of(prometheus));
        otlp.ifPresent(all::add);
        metrics.bindTo(all);
    }

    private static final class Pushed extends OtlpMeterRegistry {
        private final WeirMetrics metrics;

        Pushed(MetricsConfig.Otlp receiver, WeirMetrics metrics) {
            super(new Settings(receiver), Clock.SYSTEM);
            this.metrics = metrics;
        }

        @Override
        protected void publish() {
            metrics.refresh();
            super.publish();
        }
    }

    private record Settings(MetricsConfig.Otlp receiver) implements OtlpConfig {
        @Override
        public @Nullable String get(String key) {
            return null;
        }

        @Override
        public String url() {
            return receiver.url().toString();
        }

        @Override
        public Duration step() {
            return receiver.interval();
        }

        @Override
        public Map<String, String> headers() {
            return receiver.headers();
        }

        @Override
        public Map<String, String> resourceAttributes() {
            Map<String, String> attributes = new HashMap<>(OtlpConfig.super.resourceAttributes());
            attributes.putIfAbsent("service.name", "weir");
            return attributes;
        }
    }

    /** All metrics, as Prometheus reads them. */
    String scrape() {
        metrics.refresh();
        return prometheus.scrape();
    }

    void refresh() {
        metrics.refresh();
    }

    /** Pushes for the last time. May wait for the receiver. */
    void close() {
        otlp.ifPresent(OtlpMeterRegistry::close);
    }
}
