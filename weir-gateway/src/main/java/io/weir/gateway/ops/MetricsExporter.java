package io.weir.gateway.ops;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.weir.config.GatewayConfig;
import io.weir.core.queue.EngineStats;
import io.weir.gateway.http.Workers;
import io.weir.metrics.WeirMetrics;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Metrics for Prometheus, which reads them, and for a receiver of OTLP, which is sent them. One thread does it all, so
 * that no client waits for it; it starts with the first reader. Thread-safe.
 */
public final class MetricsExporter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger("weir.metrics");
    private static final long CLOSE_SECONDS = 2;

    /** Durations that nobody reads are counted away after so long: else a reader that comes late would wait for it. */
    private static final long REFRESH_MILLIS = 10_000;

    private final Vertx vertx;
    private final GatewayConfig config;
    private final EngineStats engine;
    private final Supplier<Map<String, Long>> edge;
    private final Statistics.Outputs outputs;
    private final WorkerExecutor worker;

    /** Made and used on the worker. */
    private volatile @Nullable MetricsRegistries registries;

    @GuardedBy("this")
    private @Nullable Future<String> scraping;

    /**
     * Of that engine and edge.
     *
     * @param edge what the edge has seen and holds, by name
     * @param outputs what the gateway writes
     */
    public MetricsExporter(
            Vertx vertx,
            GatewayConfig config,
            EngineStats engine,
            Supplier<Map<String, Long>> edge,
            Statistics.Outputs outputs) {
        this.vertx = vertx;
        this.config = config;
        this.engine = engine;
        this.edge = edge;
        this.outputs = outputs;
        this.worker = vertx.createSharedWorkerExecutor("weir-metrics", 1);
    }

    /** Begins to push, if that is configured. Returns at once. */
    public void startPushing() {
        if (config.metrics().otlp().isPresent()) {
            Workers.runUnordered(worker, this::registries)
                    .onFailure(e -> LOG.error("metrics cannot be pushed: {}", e.getMessage()));
        }
    }

    /** All metrics, as Prometheus reads them. Readers that come while another one waits get what that gets. */
    public synchronized Future<String> scrape() {
        Future<String> running = scraping;
        if (running != null && !running.isComplete()) {
            return running;
        }
        Future<String> started = Workers.runUnordered(worker, () -> registries().scrape());
        scraping = started;
        return started;
    }

    private MetricsRegistries registries() {
        MetricsRegistries known = registries;
        if (known == null) {
            known = new MetricsRegistries(
                    new WeirMetrics(
                            engine,
                            config.metrics().maxTenants(),
                            config.metrics().topConnections(),
                            List.of(new GatewayMetrics(config, edge, outputs))),
                    config.metrics().otlp());
            registries = known;
            MetricsRegistries made = known;
            vertx.setPeriodic(REFRESH_MILLIS, timer -> refresh(made));
        }
        return known;
    }

    private void refresh(MetricsRegistries made) {
        Workers.runUnordered(worker, () -> {
                    made.refresh();
                    return true;
                })
                .onFailure(e -> LOG.debug("metrics are as they were", e));
    }

    /** Pushes for the last time, and waits for the receiver for two seconds at most. */
    @Override
    public void close() {
        MetricsRegistries last = registries;
        if (last == null || config.metrics().otlp().isEmpty()) {
            return;
        }
        try {
            Workers.runUnordered(worker, () -> {
                        last.close();
                        return true;
                    })
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("stopping: the last metrics were not pushed");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
