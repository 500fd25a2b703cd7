package io.weir.sim.run;

import io.weir.core.FlowStats;
import io.weir.core.Outcome;
import io.weir.core.Reason;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Decision;
import io.weir.core.admission.PressureListener;
import io.weir.core.queue.Capacity;
import io.weir.core.queue.CircuitPolicy;
import io.weir.core.queue.CircuitState;
import io.weir.core.queue.DecisionLog;
import io.weir.core.queue.Offer;
import io.weir.core.queue.QueuePolicy;
import io.weir.core.queue.QueueStats;
import io.weir.core.queue.UpstreamListener;
import io.weir.core.queue.UpstreamQueue;
import io.weir.sim.run.MessageCounters.Fate;
import io.weir.sim.scenario.Scenario;
import io.weir.sim.scenario.UpstreamModel;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The core as it is used in a gateway: one admission and the queue of one upstream. */
public final class WeirPolicy implements AdmissionPolicy {
    /** The upstream's name in decision logs. */
    public static final String UPSTREAM = "upstream";

    private static final Duration MIN_INTERVAL = Duration.ofMillis(1);

    private final Admission admission;
    private final QueuePolicy policy;
    private final @Nullable DecisionLog decisionLog;
    private final Map<String, SimConnection> peers = new HashMap<>();
    private @Nullable SimulationCallbacks floor;
    private @Nullable UpstreamQueue queue;
    private long now;

    /**
     * The core as a scenario configures it.
     *
     * @param decisionLog takes the decision log; null for none
     */
    public WeirPolicy(Scenario scenario, @Nullable DecisionLog decisionLog) {
        this.admission = Admission.repeatable(scenario.config(), new Told());
        this.policy = policy(scenario.upstream());
        this.decisionLog = decisionLog;
    }

    private static QueuePolicy policy(UpstreamModel upstream) {
        QueuePolicy policy = QueuePolicy.DEFAULT;
        if (upstream.capacity() > 0) {
            policy = policy.withCapacity(Capacity.fixed(upstream.capacity()));
        }
        CircuitPolicy circuit = policy.circuit();
        return upstream.circuit()
                ? policy
                : policy.withCircuit(new CircuitPolicy(
                        false, circuit.queueDelay(), circuit.errorPercent(), MIN_INTERVAL, MIN_INTERVAL));
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

    private UpstreamQueue queue() {
        return Objects.requireNonNull(queue, "not started");
    }

    /** The admission, for what a test wants to know. */
    public Admission admission() {
        return admission;
    }

    /** A snapshot of the queue. */
    public QueueStats stats(long at) {
        return queue().stats(at);
    }

    @Override
    public void start(SimulationCallbacks told, long at) {
        floor = told;
        now = at;
        if (decisionLog != null) {
            decisionLog.begin(admission.config());
        }
        UpstreamListener listener = new UpstreamListener() {
            @Override
            public void onCircuit(String upstream, CircuitState state) {
                told.signal("circuit " + state.name().toLowerCase(Locale.ROOT), now);
                told.circuit(state, now);
            }
        };
        queue = new UpstreamQueue(UPSTREAM, admission, policy, listener, decisionLog, at);
    }

    /** What the queue calls back for one message. */
    private final class Waiting implements Offer.Handler {
        private final SimMessage message;

        Waiting(SimMessage message) {
            this.message = message;
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

    /** A message may come to wait and leave again before {@link UpstreamQueue#offer} returns: its handler is called first then. */
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
        String tenant = peer.tenant();
        peers.put(key(tenant, peer.key()), peer);
        long left = Math.max(1, message.deadline() - at);
        Offer offer = new Offer(
                admission.connection(tenant, peer.key(), at),
                message.group.operation(),
                message.group.messages(),
                message.group.bytes(),
                message.group.priority(),
                left,
                message.group.weight(),
                new Waiting(message));
        message.handle(offer);
        Decision decision = queue().offer(offer, at);
        switch (decision) {
            case DISPATCHED -> {
                letIn(message, at);
                floor().dispatched(message, at);
            }
            case QUEUED -> letIn(message, at);
            default -> floor().rejected(message, decision, reason(offer), offer.retryAfterNanos(), at);
        }
    }

    private static Offer offer(SimMessage message) {
        return (Offer) Objects.requireNonNull(message.handle(), "never offered");
    }

    @Override
    public void finish(SimMessage message, Outcome outcome, long at) {
        now = at;
        if (!queue().finish(offer(message), outcome, at)) {
            throw new IllegalStateException("the queue does not have a message in flight that it has dispatched");
        }
    }

    @Override
    public boolean cancel(SimMessage message, long at) {
        now = at;
        return queue().cancel(offer(message), at);
    }

    @Override
    public boolean abandon(SimMessage message, long at) {
        now = at;
        return queue().abandon(offer(message), Outcome.CANCELLED, at) >= 0;
    }

    @Override
    public void stopped(SimMessage message, boolean failed, long at) {
        now = at;
        // Its slot may have fallen free before.
        queue().finish(offer(message), failed ? Outcome.FAILED : Outcome.COMPLETED, at);
    }

    @Override
    public void tick(long at) {
        now = at;
        queue().tick(at);
    }

    @Override
    public void reset(SimConnection peer, long at) {
        now = at;
        queue().reset(admission.connection(peer.tenant(), peer.key(), at), at);
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
        queue().close(at);
    }

    @Override
    public Gauges gauges(long at) {
        QueueStats stats = queue().stats(at);
        Map<String, Integer> limits = new HashMap<>();
        for (QueueStats.OperationStats operation : stats.operations()) {
            if (operation.isLimited()) {
                limits.put(operation.operation(), operation.limit());
            }
        }
        return new Gauges(stats.slots(), stats.ratePermille(), stats.openOperations(), limits);
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
