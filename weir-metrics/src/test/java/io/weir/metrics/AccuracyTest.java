package io.weir.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.weir.core.Outcome;
import io.weir.core.Priority;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Decision;
import io.weir.core.admission.PressureListener;
import io.weir.core.config.BackpressureAction;
import io.weir.core.config.WeirConfigBuilder;
import io.weir.core.queue.Capacity;
import io.weir.core.queue.CircuitPolicy;
import io.weir.core.queue.EngineStats;
import io.weir.core.queue.Offer;
import io.weir.core.queue.QueuePolicy;
import io.weir.core.queue.UpstreamQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * After random events, the exported numbers are those of a naive model that is told no more than a caller is.
 * {@code -Dweir.metrics.events=1000000} takes more of them.
 */
class AccuracyTest {
    private static final int EVENTS = Integer.getInteger("weir.metrics.events", 60_000);
    private static final int CHECKS = 20;
    private static final long MS = 1_000_000;
    private static final int NAMED_TENANTS = 12;
    private static final BackpressureAction[] ACTIONS = {
        BackpressureAction.REFUSE,
        BackpressureAction.DROP_NEWEST,
        BackpressureAction.DROP_OLDEST,
        BackpressureAction.DISCONNECT
    };

    private final Random random = new Random(11);
    private final Admission admission = new Admission(
            new WeirConfigBuilder(1L << 30).enableTenantLimits(true).build(), PressureListener.NONE);
    private final List<UpstreamQueue> queues = new ArrayList<>();
    private final NaiveModel model = new NaiveModel(NAMED_TENANTS);
    private final List<Call> inFlight = new ArrayList<>();
    private final List<Call> queued = new ArrayList<>();
    private long now = 5_000 * MS;

    private final class Call implements Offer.Handler {
        private final UpstreamQueue queue;
        private final Offer offer;
        private final String tenant;
        private boolean told;

        Call(UpstreamQueue queue, String tenant, String connection) {
            this.queue = queue;
            this.tenant = tenant;
            model.known(tenant);
            this.offer = new Offer(
                    admission.connection(tenant, connection, now),
                    "tool" + random.nextInt(3),
                    random.nextInt(10) == 0 ? 1 + random.nextInt(5) : 1,
                    random.nextInt(600),
                    random.nextInt(4) == 0 ? Priority.BACKGROUND : Priority.CALL,
                    (50 + random.nextInt(3_000)) * MS,
                    1,
                    this);
        }

        void offer() {
            Decision decision = queue.offer(offer, now);
            model.offered(queue.name(), offer, tenant, decision, now);
            if (decision == Decision.DISPATCHED) {
                inFlight.add(this);
            } else if (decision == Decision.QUEUED && !told) {
                queued.add(this);
            }
        }

        @Override
        public void dispatched(Offer same, long at) {
            told = true;
            queued.remove(this);
            inFlight.add(this);
            model.dispatched(offer, at);
        }

        @Override
        public void removed(Offer same, Outcome outcome, long at) {
            told = true;
            queued.remove(this);
            model.ended(offer, outcome, true, at);
        }
    }

    private Call take(List<Call> from) {
        return from.remove(random.nextInt(from.size()));
    }

    private void event() {
        // Durations that are the bound of a bucket are among them.
        now += random.nextInt(6) * MS / 2;
        int what = random.nextInt(100);
        if (what < 55) {
            // A few tenants send most.
            int tenant = Math.min(random.nextInt(40), random.nextInt(40));
            new Call(queues.get(random.nextInt(queues.size())), "t" + tenant, "c" + random.nextInt(4)).offer();
        } else if (what < 85 && !inFlight.isEmpty()) {
            end(take(inFlight));
        } else if (what < 88 && !queued.isEmpty()) {
            Call call = take(queued);
            if (call.queue.cancel(call.offer, now)) {
                model.ended(call.offer, Outcome.CANCELLED, true, now);
            }
        } else if (what < 97) {
            queues.forEach(queue -> queue.tick(now));
        } else if (what == 97) {
            queues.get(random.nextInt(queues.size()))
                    .reset(admission.connection("t0", "c" + random.nextInt(4), now), now);
        } else if (what == 98) {
            change();
        } else if (random.nextInt(20) == 0) {
            idle();
        }
    }

    /** Other limits, another one of which is the tightest. */
    private void change() {
        BackpressureAction action = ACTIONS[random.nextInt(ACTIONS.length)];
        int tight = random.nextInt(8);
        admission.update(builder -> builder.backpressureAction(action)
                .maxMessages(tight == 0 ? 4 : 1_000)
                .maxBytes(tight == 1 ? 1_500 : 1_000_000)
                .tenantMaxMessages(tight == 2 ? 8 : 1_000)
                .tenantMaxBytes(tight == 3 ? 3_000 : 1_000_000)
                .globalMaxMessages(tight == 4 ? 40 : 10_000)
                .globalMaxBytes(tight == 5 ? 12_000 : 10_000_000)
                .maxMessagesPerSec(tight == 6 ? 5 : 10_000)
                .tenantMaxMessagesPerSec(tight == 7 ? 10 : 10_000));
    }

    /** Everything ends, and all connections and tenants are forgotten. */
    private void idle() {
        while (!inFlight.isEmpty() || !queued.isEmpty()) {
            now += 100 * MS;
            queues.forEach(queue -> queue.tick(now));
            while (!inFlight.isEmpty()) {
                end(take(inFlight));
            }
        }
        now += 1_000_000 * MS;
        queues.forEach(queue -> queue.tick(now));
        admission.cleanUp(now);
        assertThat(admission.globalStats().tenants()).isZero();
    }

    private void end(Call call) {
        int how = random.nextInt(20);
        Outcome outcome = how == 0 ? Outcome.FAILED : how == 1 ? Outcome.CANCELLED : Outcome.COMPLETED;
        if (call.queue.finish(call.offer, outcome, now)) {
            model.ended(call.offer, outcome, false, now);
        }
    }

    @Test
    void exportedNumbers_afterRandomEvents_areThoseOfTheNaiveModel() {
        CircuitPolicy circuit = CircuitPolicy.DEFAULT;
        QueuePolicy policy = QueuePolicy.DEFAULT
                .withCapacity(Capacity.fixed(6))
                .withCircuit(new CircuitPolicy(
                        false, circuit.queueDelay(), circuit.errorPercent(), circuit.open(), circuit.trial()));
        queues.add(new UpstreamQueue("files", admission, policy, (upstream, state) -> {}, null, now));
        queues.add(new UpstreamQueue(
                "search",
                admission,
                QueuePolicy.DEFAULT.withCapacity(Capacity.ADAPTIVE),
                (upstream, state) -> {},
                null,
                now));
        WeirMetrics metrics =
                new WeirMetrics(new EngineStats(admission, () -> queues, () -> now), NAMED_TENANTS, 3, List.of());
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        metrics.bindTo(registry);

        for (int i = 0; i < EVENTS; i++) {
            event();
            if (i % (EVENTS / CHECKS) == EVENTS / CHECKS - 1) {
                metrics.refresh();
                assertSame(Exposition.parse(registry.scrape()), model.values(), i);
            }
        }
        Map<String, Double> last = model.values();
        assertThat(last.keySet().stream().filter(each -> each.startsWith("weir_rejected_messages_total")))
                .as("ways to be rejected")
                .hasSizeGreaterThan(12);
        assertThat(last.keySet().stream().filter(each -> each.startsWith("weir_ended_messages_total")))
                .as("ways to end")
                .hasSize(5);
        assertThat(last).containsKey("weir_tenant_offered_messages_total{tenant=other}");
    }

    private static void assertSame(Map<String, Double> exported, Map<String, Double> expected, int event) {
        Map<String, String> wrong = new TreeMap<>();
        expected.forEach((series, value) -> {
            Double shown = exported.get(series);
            if (shown == null ? value != 0 : Math.abs(shown - value) > 1e-9 * Math.abs(value)) {
                wrong.put(series, shown + " instead of " + value);
            }
        });
        // What the model knows nothing of is not there, or 0.
        exported.forEach((series, value) -> {
            String name = series.replaceAll("\\{.*", "");
            boolean modelled = expected.keySet().stream()
                    .anyMatch(each -> each.replaceAll("\\{.*", "").equals(name));
            if (modelled && value != 0 && !expected.containsKey(series)) {
                wrong.put(series, value + " instead of nothing");
            }
        });
        assertThat(wrong).as("after event %d", event).isEmpty();
    }
}
