package io.weir.sim.run;

import io.weir.core.FlowStats;
import io.weir.core.Outcome;
import io.weir.core.Reason;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.admission.PressureListener;
import io.weir.core.queue.CircuitState;
import io.weir.core.queue.DecisionLog;
import io.weir.core.queue.Offer;
import io.weir.core.queue.QueueStats;
import io.weir.core.queue.UpstreamListener;
import io.weir.core.queue.UpstreamQueue;
import io.weir.sim.run.MessageCounters.Fate;
import io.weir.sim.scenario.Scenario;
import io.weir.sim.scenario.UpstreamSettings;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The core as it is used in a gateway: one admission, the queue of one upstream, and the queues of its methods and
 * tools that have their own.
 */
public final class WeirPolicy implements AdmissionPolicy {
    private final Admission admission;
    private final String upstream;
    private final UpstreamSettings settings;
    private final @Nullable DecisionLog decisionLog;
    private final Map<String, SimConnection> peers = new HashMap<>();
    private final Map<String, UpstreamQueue> queues = new TreeMap<>();
    private final Map<String, CircuitState> circuits = new TreeMap<>();
    private @Nullable SimulationCallbacks floor;
    private long now;

    /**
     * The core as a scenario configures it.
     *
     * @param decisionLog takes the decision log; null for none
     */
    public WeirPolicy(Scenario scenario, @Nullable DecisionLog decisionLog) {
        this.admission = Admission.repeatable(scenario.config(), new Told());
        this.upstream = scenario.queue();
        this.settings = scenario.settings();
        this.decisionLog = decisionLog;
    }

    private final class Told implements PressureListener {
        @Override
        public void onPressure(Pressure pressure) {
            floor().signal(
                            "pressure " + (pressure.raised() ? "raised" : "lowered") + " at "
                                    + pressure.scope().name().toLowerCase(Locale.ROOT)
                                    + (pressure.name().isEmpty() ? "" : " " + pressure.name()) + ": "
                                    + pressure.messages() + " of " + pressure.maxMessages() + " messages, "
                                    + pressure.bytes() + " of " + pressure.maxBytes() + " bytes",
                            now);
        }

        @Override
        public void onDrained(String tenant, String connection) {
            SimConnection peer = peers.get(key(tenant, connection));
            if (peer != null) {
                floor().drained(peer, now);
            }
        }
    }

    private static String key(String tenant, String connection) {
        return tenant + "\n" + connection;
    }

    private SimulationCallbacks floor() {
        return Objects.requireNonNull(floor, "not started");
    }

    /** The admission, for what a test wants to know. */
    public Admission admission() {
        return admission;
    }

    @Override
    public void start(SimulationCallbacks told, long at) {
        floor = told;
        now = at;
        if (decisionLog != null) {
            decisionLog.begin(admission.config());
        }
        UpstreamListener listener = (queue, state) -> circuit(queue, state, told);
        settings.queues(upstream)
                .forEach((name, policy) ->
                        queues.put(name, new UpstreamQueue(name, admission, policy, listener, decisionLog, at)));
    }

    /** The simulation is told the worst state of all queues: what clients see is their own queue's. */
    private void circuit(String queue, CircuitState state, SimulationCallbacks told) {
        circuits.put(queue, state);
        String which = queue.equals(upstream) ? "" : " of " + queue.substring(upstream.length() + 1);
        told.signal("circuit" + which + " " + state.name().toLowerCase(Locale.ROOT), now);
        told.circuit(
                circuits.values().stream()
                        .max(Comparator.comparingInt(CircuitHistory::severity))
                        .orElse(state),
                now);
    }

    /** What the queue calls back for one message. */
    private final class Waiting implements Offer.Handler {
        private final SimMessage message;
        private final UpstreamQueue queue;
        private final Offer offer;

        Waiting(SimMessage message, long at) {
            SimConnection peer = message.peer;
            String operation = message.group.operation();
            this.message = message;
            this.queue = Objects.requireNonNull(queues.get(settings.queue(upstream, operation)), "not started");
            Connection connection = admission.connection(peer.tenant(), peer.key(), at);
            this.offer = new Offer(
                    connection,
                    operation,
                    message.group.messages(),
                    message.group.bytes(),
                    settings.priority(operation).orElse(message.group.priority()),
                    Math.min(Math.max(1, message.deadline() - at), settings.ttlNanos(operation)),
                    message.group.weight() * settings.weight(peer.tenant(), operation, admission.weight(connection)),
                    this);
        }

        @Override
        public void dispatched(Offer offer, long at) {
            letIn(message, at);
            floor().dispatched(message, at);
        }

        @Override
        public void removed(Offer offer, Outcome outcome, long at) {
            letIn(message, at);
            floor().abandoned(message, outcome, reason(offer), at);
        }
    }

    /**
     * A message may come to wait and leave again before {@link UpstreamQueue#offer} returns: its handler is called
     * first then.
     */
    private void letIn(SimMessage message, long at) {
        if (message.state == SimMessage.State.WITH_CLIENT) {
            floor().admitted(message, at);
        }
    }

    private static String reason(Offer offer) {
        Reason reason = offer.reason();
        return reason == null ? "none" : reason.key();
    }

    @Override
    public void offer(SimMessage message, long at) {
        now = at;
        SimConnection peer = message.peer;
        peers.put(key(peer.tenant(), peer.key()), peer);
        Waiting waiting = new Waiting(message, at);
        message.handle(waiting);
        Decision decision = waiting.queue.offer(waiting.offer, at);
        switch (decision) {
            case DISPATCHED -> {
                letIn(message, at);
                floor().dispatched(message, at);
            }
            case QUEUED -> letIn(message, at);
            default -> floor().rejected(message, decision, reason(waiting.offer), waiting.offer.retryAfterNanos(), at);
        }
    }

    private static Waiting waiting(SimMessage message) {
        return (Waiting) Objects.requireNonNull(message.handle(), "never offered");
    }

    @Override
    public void finish(SimMessage message, Outcome outcome, long at) {
        now = at;
        Waiting waiting = waiting(message);
        if (!waiting.queue.finish(waiting.offer, outcome, at)) {
            throw new IllegalStateException("the queue does not have a message in flight that it has dispatched");
        }
    }

    @Override
    public boolean cancel(SimMessage message, long at) {
        now = at;
        Waiting waiting = waiting(message);
        return waiting.queue.cancel(waiting.offer, at);
    }

    @Override
    public boolean abandon(SimMessage message, long at) {
        now = at;
        Waiting waiting = waiting(message);
        return waiting.queue.abandon(waiting.offer, Outcome.CANCELLED, at) >= 0;
    }

    @Override
    public void stopped(SimMessage message, boolean failed, long at) {
        now = at;
        // Its slot may have fallen free before.
        Waiting waiting = waiting(message);
        waiting.queue.finish(waiting.offer, failed ? Outcome.FAILED : Outcome.COMPLETED, at);
    }

    @Override
    public void tick(long at) {
        now = at;
        queues.values().forEach(queue -> queue.tick(at));
    }

    @Override
    public void reset(SimConnection peer, long at) {
        now = at;
        Connection connection = admission.connection(peer.tenant(), peer.key(), at);
        queues.values().forEach(queue -> queue.reset(connection, at));
    }

    @Override
    public void update(Map<String, String> settings, long at) {
        now = at;
        admission.update(builder -> {
            settings.forEach((path, text) -> {
                int dot = path.indexOf('.');
                builder.set(path.substring(0, dot), path.substring(dot + 1), text);
            });
            return builder;
        });
    }

    @Override
    public void close(long at) {
        now = at;
        if (decisionLog == null) {
            admission.close();
        } else {
            decisionLog.close(admission, at);
        }
        queues.values().forEach(queue -> queue.close(at));
    }

    @Override
    public Gauges gauges(long at) {
        List<QueueStats> all =
                queues.values().stream().map(queue -> queue.stats(at)).toList();
        Map<String, Integer> limits = new HashMap<>();
        all.stream()
                .flatMap(stats -> stats.operations().stream())
                .filter(QueueStats.OperationStats::isLimited)
                .forEach(operation -> limits.put(operation.operation(), operation.limit()));
        return new Gauges(
                all.stream().mapToLong(QueueStats::slots).sum(),
                all.stream().mapToInt(QueueStats::ratePermille).min().orElse(0),
                all.stream().mapToInt(QueueStats::openOperations).sum(),
                limits);
    }

    @Override
    public @Nullable String audit(MessageCounters total) {
        FlowStats flow = admission.globalStats().flow();
        boolean same = flow.offered().equals(total.count(Fate.OFFERED))
                && flow.refused().equals(total.count(Fate.REFUSED))
                && flow.dropped().equals(total.count(Fate.DROPPED))
                && flow.disconnected().equals(total.count(Fate.DISCONNECTED))
                && flow.shed().equals(total.count(Fate.SHED))
                && flow.admitted().equals(total.count(Fate.ADMITTED))
                && flow.queued().equals(total.count(Fate.QUEUED))
                && flow.inFlight().equals(total.count(Fate.IN_FLIGHT))
                && flow.completed().equals(total.count(Fate.COMPLETED))
                && flow.failed().equals(total.count(Fate.FAILED))
                && flow.expired().equals(total.count(Fate.EXPIRED))
                && flow.cancelled().equals(total.count(Fate.CANCELLED))
                && flow.evicted().equals(total.count(Fate.EVICTED));
        return same ? null : "the core counts otherwise than the simulation: " + flow;
    }
}
