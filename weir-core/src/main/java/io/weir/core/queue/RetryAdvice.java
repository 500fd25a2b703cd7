package io.weir.core.queue;

import io.weir.core.Priority;
import io.weir.core.Reason;
import io.weir.core.Scope;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Reservation;
import io.weir.core.state.State;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * When a client is to come back with what a limit on pending messages or bytes refused. The first time is when enough
 * of what is pending is expected to have ended; each further refusal by the same limit is given a later one. Of a limit
 * of the process, tenants are given times in turn. Not thread-safe.
 */
final class RetryAdvice {
    private static final int MAX_CONNECTIONS = 1024;

    /** A forecast looks at every call in flight: so many for each refusal, on average. */
    private static final int CALLS_PER_REFUSAL = 16;

    /** The pressure threshold less this is where shedding of background messages ends. */
    private static final int HYSTERESIS_PERCENT = 10;

    private static final int ALL_PERCENT = 100;

    private final Admission admission;
    private final CircuitBreaker circuit;
    private final CostModel costModel;
    private final WaitTimeGate waitTimeGate;
    private final ReleaseForecast forecast = new ReleaseForecast();
    private int mayLookAt = ReleaseForecast.MAX_CALLS;

    /** Of connections whose own limit refused something, those that were last refused. */
    private final Map<Key, RetrySlots> connections = new RecentMap<>(MAX_CONNECTIONS);

    /** A connection may be forgotten and made again meanwhile. */
    private record Key(String tenant, String connection) {}

    RetryAdvice(Admission admission, CircuitBreaker circuit, CostModel costModel, WaitTimeGate waitTimeGate) {
        this.admission = admission;
        this.circuit = circuit;
        this.costModel = costModel;
        this.waitTimeGate = waitTimeGate;
    }

    /**
     * In how many nanoseconds to offer again what the limit that rejected it refused; 1 ms to
     * {@link RetrySlots#MAX_RETRY_AFTER}.
     */
    long retryAfter(TenantFlow tenant, Offer offer, long now) {
        Scope scope = Objects.requireNonNull(offer.scope());
        mayLookAt = Math.min(ReleaseForecast.MAX_CALLS, mayLookAt + CALLS_PER_REFUSAL);
        RetrySlots slots = scope == Scope.CONNECTION ? slots(offer.connection(), now) : tenant.retries;
        if (!slots.goOn(now)) {
            begin(slots, scope, tenant, offer, now);
        }
        return slots.reserve(offer.messages(), now);
    }

    private RetrySlots slots(Connection connection, long now) {
        Key key = new Key(connection.tenant(), connection.key());
        RetrySlots known = connections.get(key);
        if (known == null) {
            known = new RetrySlots(now);
            connections.put(key, known);
        }
        return known;
    }

    private void begin(RetrySlots slots, Scope scope, TenantFlow tenant, Offer offer, long now) {
        long turns = scope == Scope.GLOBAL ? waitTimeGate.turns(offer) : 1;
        if (mayLookAt <= 0) {
            slots.begin(offer.cost * 1000, waitTimeGate.interval(tenant, offer), now);
            return;
        }
        Reservation reservation = offer;
        boolean bytes = Objects.requireNonNull(reservation.reason()).unit() == Reason.Unit.BYTES;
        forecast.begin(scope, offer.connection(), tenant, bytes);
        mayLookAt -= circuit.forecast(forecast, costModel, now);
        forecast.compute(lacking(reservation, offer, bytes));
        slots.begin(forecast.first() + tenant.number % turns * forecast.interval(), turns * forecast.interval(), now);
    }

    /**
     * In how many nanoseconds calls in flight of a connection are expected to have ended that hold so much; negative if
     * it has none.
     */
    long expectedRelease(Connection connection, long amount, boolean bytes, long now) {
        forecast.begin(Scope.CONNECTION, connection, null, bytes);
        circuit.forecast(forecast, costModel, now);
        if (forecast.isEmpty()) {
            return -1;
        }
        forecast.compute(amount);
        return Math.min(RetrySlots.MAX_RETRY_AFTER, forecast.first());
    }

    /** How much has to end before the offer passes the limit, in the unit of its reason. */
    private long lacking(Reservation reservation, Offer offer, boolean bytes) {
        if (reservation.reason() != Reason.PRIORITY) {
            return reservation.current() + (bytes ? offer.bytes() : offer.messages()) - reservation.limit();
        }
        int threshold = admission.config().backpressure().queueDepthThresholdPercent();
        int ends = offer.priority() == Priority.BACKGROUND
                ? Math.max(0, threshold - HYSTERESIS_PERCENT)
                : (threshold + ALL_PERCENT) / 2 - 1;
        return Math.max(1, reservation.current() - reservation.limit() * ends / ALL_PERCENT);
    }

    /** Names all fields, with the connections by their labels. */
    void state(State state, UnaryOperator<String> label) {
        mayLookAt = state.number("may_look_at", mayLookAt);
        state.list(
                "connections",
                connections.entrySet(),
                (each, known) -> {
                    each.text("tenant", known.getKey().tenant());
                    each.text("conn", label.apply(known.getKey().connection()));
                    each.part("retries", known.getValue());
                },
                each -> {
                    RetrySlots slots = new RetrySlots(0);
                    each.part("retries", slots);
                    connections.put(
                            new Key(
                                    Objects.requireNonNull(each.text("tenant", "")),
                                    Objects.requireNonNull(each.text("conn", ""))),
                            slots);
                });
    }
}
