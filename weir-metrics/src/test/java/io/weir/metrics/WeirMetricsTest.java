package io.weir.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weir.core.Outcome;
import io.weir.core.Permit;
import io.weir.core.Priority;
import io.weir.core.admission.Admission;
import io.weir.core.admission.PressureListener;
import io.weir.core.config.WeirConfigBuilder;
import io.weir.core.limiter.Limiter;
import io.weir.core.limiter.Request;
import io.weir.core.limiter.TaskQueue;
import io.weir.core.queue.EngineStats;
import io.weir.core.queue.Offer;
import io.weir.core.queue.QueuePolicy;
import io.weir.core.queue.UpstreamListener;
import io.weir.core.queue.UpstreamQueue;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class WeirMetricsTest {
    private final Limiter limiter = Limiter.builder().maxMessages(3).build();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    private double counter(String name, String... tags) {
        FunctionCounter counter = registry.find(name).tags(tags).functionCounter();
        return counter == null ? -1 : counter.count();
    }

    private double gauge(String name, String... tags) {
        Gauge gauge = registry.find(name).tags(tags).gauge();
        return gauge == null ? -1 : gauge.value();
    }

    @Test
    void limiter_ofAnEmbedder_isShown() throws Exception {
        try (WeirMetrics metrics = new WeirMetrics(limiter)) {
            metrics.bindTo(registry);
            TaskQueue queue = limiter.queue("search", Runnable::run).build();
            assertThat(queue.submit(Request.of("acme", "c", 100), () -> "found").get(10, TimeUnit.SECONDS))
                    .isEqualTo("found");
            Permit permit = (Permit) limiter.tryAcquire("globex", "d", 2, 50);
            limiter.tryAcquire("globex", "d", 2, 50);
            metrics.refresh();

            assertThat(counter("weir.offered.messages")).isEqualTo(5);
            assertThat(counter("weir.rejected.messages", "reason", "connection_messages", "action", "refused"))
                    .isEqualTo(2);
            assertThat(gauge("weir.tenant.pending.messages", "tenant", "globex"))
                    .isEqualTo(2);
            assertThat(gauge("weir.connection.pending.messages", "percentile", "100"))
                    .isEqualTo(2);
            assertThat(gauge("weir.limit.messages", "scope", "connection")).isEqualTo(3);
            assertThat(registry.get("weir.upstream.queue.wait").timer().count()).isEqualTo(1);

            assertThat(permit.completed()).isTrue();
            metrics.refresh();
            assertThat(counter("weir.ended.messages", "outcome", "completed")).isEqualTo(3);
            assertThat(gauge("weir.tenant.pending.messages", "tenant", "globex"))
                    .isZero();
        }
        assertThat(registry.getMeters()).isEmpty();
    }

    private static UpstreamQueue queue(Admission admission, String name, int calls) {
        UpstreamQueue queue = new UpstreamQueue(name, admission, QueuePolicy.DEFAULT, UpstreamListener.NONE, null, 0);
        for (int i = 0; i < calls; i++) {
            queue.offer(
                    new Offer(
                            admission.connection("t", "c", 0),
                            "echo",
                            1,
                            10,
                            Priority.CALL,
                            TimeUnit.SECONDS.toNanos(1),
                            1,
                            new Offer.Handler() {
                                @Override
                                public void dispatched(Offer offer, long now) {}

                                @Override
                                public void removed(Offer offer, Outcome outcome, long now) {}
                            }),
                    0);
        }
        return queue;
    }

    @Test
    void queueInPlaceOfAnother_beginsAgain_andOneThatIsRemoved_isShownNoMore() {
        Admission admission = new Admission(new WeirConfigBuilder(1L << 30).build(), PressureListener.NONE);
        AtomicReference<List<UpstreamQueue>> queues =
                new AtomicReference<>(List.of(queue(admission, "a", 5), queue(admission, "b", 1)));
        EngineStats engine = new EngineStats(admission, () -> List.copyOf(queues.get()), () -> 0);
        try (WeirMetrics metrics = new WeirMetrics(engine, 10, 10, List.of())) {
            metrics.bindTo(registry);
            metrics.refresh();
            assertThat(counter("weir.upstream.dispatched.messages", "upstream", "a"))
                    .isEqualTo(5);

            queues.set(List.of(queue(admission, "a", 2)));
            metrics.refresh();

            assertThat(counter("weir.upstream.dispatched.messages", "upstream", "a"))
                    .isEqualTo(2);
            assertThat(registry.find("weir.upstream.queue.wait")
                            .tags("upstream", "a")
                            .timer())
                    .isNotNull();
            assertThat(registry.getMeters().stream()
                            .filter(meter -> "b".equals(meter.getId().getTag("upstream"))))
                    .isEmpty();
        }
    }

    @Test
    void values_areBroughtUpToDateByReading() throws Exception {
        new WeirMetrics(limiter).bindTo(registry);
        limiter.tryAcquire("acme", "c", 1);

        // They may be a quarter of a second old.
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (counter("weir.offered.messages") != 1 && System.nanoTime() < end) {
            Thread.sleep(10);
        }

        assertThat(counter("weir.offered.messages")).isEqualTo(1);
        assertThat(counter("weir.tenant.offered.messages", "tenant", "acme")).isEqualTo(1);
    }

    @Test
    void tenThousandTenants_haveAHundredSeriesAndOneMore() {
        WeirMetrics metrics = new WeirMetrics(limiter, 100, 5);
        metrics.bindTo(registry);
        for (int i = 0; i < 10_000; i++) {
            limiter.tryAcquire("tenant" + i, "c", 1);
            limiter.tryAcquire("tenant" + i, "c", 5, 1);
            if (i % 1_000 == 0) {
                metrics.refresh();
            }
        }
        metrics.refresh();

        assertThat(registry.find("weir.tenant.offered.messages").meters()).hasSize(101);
        assertThat(registry.find("weir.tenant.rejected.messages").meters()).hasSize(101);
        assertThat(counter("weir.tenant.offered.messages", "tenant", "other")).isEqualTo(9_900 * 6);
        assertThat(registry.getMeters()).hasSizeLessThan(2_000);
    }
}
