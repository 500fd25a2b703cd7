package io.weir.core.queue;

import io.weir.core.Outcome;
import io.weir.core.Priority;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.admission.PressureListener;
import io.weir.core.config.WeirConfigBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** One queue with generous limits, a clock that the test moves, and a record of what it told. */
final class QueueFixture implements Offer.Handler {
    static final long MS = 1_000_000;
    static final long SECOND = 1_000 * MS;

    final Admission admission;
    final UpstreamQueue queue;
    final List<Offer> dispatched = new ArrayList<>();
    final List<Offer> abandoned = new ArrayList<>();
    final List<Outcome> outcomes = new ArrayList<>();
    final List<CircuitState> circuit = new ArrayList<>();
    long now = 5 * SECOND;

    QueueFixture(QueuePolicy policy, UnaryOperator<WeirConfigBuilder> change) {
        this(policy, change, null);
    }

    QueueFixture(
            QueuePolicy policy,
            UnaryOperator<WeirConfigBuilder> change,
            @org.jspecify.annotations.Nullable DecisionLog decisionLog) {
        WeirConfigBuilder builder = new WeirConfigBuilder(1L << 30)
                .maxMessages(100_000)
                .maxMessagesPerSec(1_000_000)
                .tenantMaxMessagesPerSec(1_000_000);
        this.admission = new Admission(change.apply(builder).build(), PressureListener.NONE);
        this.queue =
                new UpstreamQueue("up", admission, policy, (upstream, state) -> circuit.add(state), decisionLog, now);
    }

    static QueueFixture withCapacity(int capacity) {
        return new QueueFixture(QueuePolicy.DEFAULT.withCapacity(Capacity.fixed(capacity)), b -> b);
    }

    Connection connection(String tenant, String key) {
        return admission.connection(tenant, key, now);
    }

    Offer call(String tenant, String connection) {
        return make(tenant, connection, Priority.CALL, 30 * SECOND, 1);
    }

    Offer make(String tenant, String connection, Priority priority, long ttl, int weight) {
        return new Offer(connection(tenant, connection), "echo", 1, 100, priority, ttl, weight, this);
    }

    /** A call of an operation that may wait for half a minute. */
    Offer callOf(String tenant, String work) {
        return new Offer(connection(tenant, "c"), work, 1, 100, Priority.CALL, 30 * SECOND, 1, this);
    }

    Decision offer(Offer offer) {
        return queue.offer(offer, now);
    }

    /** Offers a call that must be admitted. */
    Offer admit(String tenant, String connection) {
        return admit(call(tenant, connection));
    }

    Offer admit(Offer offer) {
        Decision decision = offer(offer);
        if (!decision.isAdmitted()) {
            throw new AssertionError(decision + " " + offer.reason());
        }
        return offer;
    }

    boolean finish(Offer offer) {
        return queue.finish(offer, Outcome.COMPLETED, now);
    }

    /** Teaches the queue that a call takes so long, with nothing waiting. */
    void learn(String tenant, long nanos, int times) {
        for (int i = 0; i < times; i++) {
            Offer offer = admit(tenant, "learning");
            now += nanos;
            finish(offer);
        }
    }

    @Override
    public void dispatched(Offer offer, long at) {
        dispatched.add(offer);
    }

    @Override
    public void removed(Offer offer, Outcome outcome, long at) {
        abandoned.add(offer);
        outcomes.add(outcome);
    }
}
