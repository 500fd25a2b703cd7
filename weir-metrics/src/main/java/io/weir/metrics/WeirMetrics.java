package io.weir.metrics;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.weir.core.limiter.Limiter;
import io.weir.core.queue.EngineStats;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Metrics of a limiter: its counters, its limits, its tenants and its queues. Values are read from the limiter when a
 * registry reads them, so that they cost a message nothing; a queue alone counts how long each message took, in fixed
 * buckets. Thread-safe.
 *
 * <pre>{@code
 * new WeirMetrics(limiter).bindTo(registry);
 * }</pre>
 *
 * <p>The first value of a metric that a registry reads brings all of them up to date, if they are older than
 * {@value #MAX_AGE_MILLIS} ms; so do series appear that are new since then. {@link #refresh} does it at once. It takes
 * time in proportion to the number of connections.
 *
 * <p>A limiter may have one object of this class, which may be bound to several registries.
 */
public final class WeirMetrics implements MeterBinder, AutoCloseable {
    /** How many tenants have series of their own, if nothing else is said; all others are {@code other}. */
    public static final int DEFAULT_MAX_TENANTS = 100;

    /** The largest number of tenants that can have series of their own. */
    public static final int MAX_TENANTS = 1_000;

    /** How many connections have a series by their rank, if nothing else is said. */
    public static final int DEFAULT_TOP_CONNECTIONS = 5;

    private static final long MAX_AGE_MILLIS = 250;

    private final List<MetricSource> sources;

    @GuardedBy("this")
    private final List<Binding> bindings = new ArrayList<>();

    private final AtomicBoolean refreshing = new AtomicBoolean();
    private volatile long refreshedAt;

    /** Metrics of that limiter and its queues, those included that are made later, with the default bounds. */
    public WeirMetrics(Limiter limiter) {
        this(limiter, DEFAULT_MAX_TENANTS, DEFAULT_TOP_CONNECTIONS);
    }

    /**
     * Metrics of that limiter and its queues, those included that are made later.
     *
     * @param maxTenants how many tenants have series of their own, 0 to {@value #MAX_TENANTS}: those that came first
     * @param topConnections how many connections have a series by their rank, 0 or more
     */
    public WeirMetrics(Limiter limiter, int maxTenants, int topConnections) {
        this(limiter.engineStats(), maxTenants, topConnections, List.of());
    }

    /**
     * Metrics of that engine, and others beside it.
     *
     * @param maxTenants how many tenants have series of their own, 0 to {@value #MAX_TENANTS}
     * @param topConnections how many connections have a series by their rank, 0 or more
     * @param others say more metrics
     */
    public WeirMetrics(EngineStats engine, int maxTenants, int topConnections, List<MetricSource> others) {
        if (maxTenants < 0 || maxTenants > MAX_TENANTS || topConnections < 0) {
            throw new IllegalArgumentException("maxTenants " + maxTenants + ", topConnections " + topConnections);
        }
        List<MetricSource> all = new ArrayList<>();
        all.add(new EngineMetrics(engine, maxTenants, topConnections));
        all.addAll(others);
        this.sources = List.copyOf(all);
    }

    /** All metrics that may have values. */
    public List<Metric> metrics() {
        return sources.stream().flatMap(each -> each.metrics().stream()).toList();
    }

    /** Shows the metrics in that registry from now on; durations are counted from the first call on. */
    @Override
    public void bindTo(MeterRegistry registry) {
        bindTo(List.of(registry));
    }

    /**
     * Shows the metrics in those registries from now on, with the same durations in each: a registry that is bound
     * later has none of those before.
     */
    public synchronized void bindTo(List<? extends MeterRegistry> registries) {
        registries.forEach(each -> bindings.add(new Binding(each, this::refreshIfOld)));
        refresh();
    }

    /** Brings all values up to date. Not to be called on a thread that serves messages. */
    public synchronized void refresh() {
        refreshing.set(true);
        try {
            Samples samples = new Samples();
            sources.forEach(each -> each.collect(samples));
            bindings.forEach(each -> each.apply(samples));
        } finally {
            refreshedAt = System.nanoTime();
            refreshing.set(false);
        }
    }

    /** While another thread is at it, or this one, the values from before do. */
    private void refreshIfOld() {
        if (System.nanoTime() - refreshedAt > MAX_AGE_MILLIS * 1_000_000 && !refreshing.get()) {
            refresh();
        }
    }

    /** Takes the metrics out of their registries. */
    @Override
    public synchronized void close() {
        bindings.forEach(Binding::remove);
        bindings.clear();
    }
}
