package io.weir.bench.queue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.core.Outcome;
import io.weir.core.admission.Connection;
import io.weir.core.queue.EngineStats;
import io.weir.core.queue.Offer;
import io.weir.metrics.WeirMetrics;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;

/** Nobody waits: a message is offered, is in flight at once, and is finished. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Passing {
    /** The queue that all threads share. */
    @State(Scope.Benchmark)
    public static class Shared {
        final QueueFixture scene = new QueueFixture(1000);

        /** Whether metrics are read, so that the queue counts durations. */
        @Param({"false", "true"})
        public boolean metrics;

        /** Binds the metrics. */
        @Setup
        public void bind() {
            if (metrics) {
                EngineStats stats = new EngineStats(scene.admission, () -> List.of(scene.queue), () -> 0);
                new WeirMetrics(stats, WeirMetrics.DEFAULT_MAX_TENANTS, WeirMetrics.DEFAULT_TOP_CONNECTIONS, List.of())
                        .bindTo(new SimpleMeterRegistry());
            }
        }
    }

    /** Each thread has a connection. */
    @State(Scope.Thread)
    public static class Client implements Offer.Handler {
        private final String key = "c" + NUMBERS.incrementAndGet();
        private long now;

        @Override
        public void dispatched(Offer offer, long at) {
            throw new IllegalStateException("waited");
        }

        @Override
        public void removed(Offer offer, Outcome outcome, long at) {
            throw new IllegalStateException("abandoned");
        }

        void pass(QueueFixture scene) {
            now += 1_000;
            Connection connection = scene.admission.connection("tenant", key, now);
            scene.finish(scene.offer(connection, this, now), now);
        }
    }

    private static final AtomicInteger NUMBERS = new AtomicInteger();

    /** One thread. */
    @Benchmark
    @Threads(1)
    public void oneThread(Shared shared, Client client) {
        client.pass(shared.scene);
    }

    /** Two threads. */
    @Benchmark
    @Threads(2)
    public void twoThreads(Shared shared, Client client) {
        client.pass(shared.scene);
    }
}
