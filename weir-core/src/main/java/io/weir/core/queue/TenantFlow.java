package io.weir.core.queue;

import io.weir.core.state.State;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What one tenant has waiting, its connections in turn, and how much of the capacity it has had. */
final class TenantFlow implements State.Stateful {
    private static final int MAX_WORKS = 64;
    /** Many, so that chance in what calls take does not become chance in who is served. */
    private static final int SAMPLES = 256;

    final String key;

    /** How many tenants were known before, ever. */
    final long number;

    /** The virtual time at which its next message may start. */
    long tag;

    /* What it has asked for, as FairShareTracker counts it. */
    long period;
    long asked;
    long demandBefore;

    /** Its place in the heap; -1 while it has nothing waiting. */
    int heapIndex = -1;

    /** Breaks ties: who became active first is served first. */
    long activated;

    int weight = 1;
    long queuedCost;
    long queuedMessages;
    int inFlight;
    int connectionCount;

    /** When refused messages of this tenant were told to come back. */
    final RetrySlots retries;

    private final Map<String, ConnectionFlow> connections = new HashMap<>();
    private final Map<String, MovingMean> costs = new RecentMap<>(MAX_WORKS);

    /** Whose turn it is. */
    private @Nullable ConnectionFlow turn;

    TenantFlow(String key, long number, long now) {
        this.key = key;
        this.number = number;
        this.retries = new RetrySlots(now);
    }

    boolean isEmpty() {
        return turn == null;
    }

    @Nullable
    ConnectionFlow connection(String connectionKey) {
        return connections.get(connectionKey);
    }

    void add(Offer offer) {
        ConnectionFlow flow = connections.get(offer.connection().key());
        if (flow == null) {
            flow = new ConnectionFlow(offer.connection().key());
            connections.put(flow.key, flow);
            enterRing(flow);
        }
        offer.flow = flow;
        flow.add(offer);
        queuedCost += offer.cost;
        queuedMessages += offer.messages();
    }

    /** The one to be served next. */
    @Nullable
    Offer head() {
        return turn == null ? null : turn.head();
    }

    /** Takes an offer out; {@code served} passes the turn on to the next connection. */
    void remove(Offer offer, ConnectionFlow flow, boolean served) {
        flow.remove(offer);
        offer.flow = null;
        queuedCost -= offer.cost;
        queuedMessages -= offer.messages();
        if (served && turn == flow) {
            turn = flow.nextInRing;
        }
        if (flow.isEmpty()) {
            connections.remove(flow.key);
            leaveRing(flow);
        }
    }

    private void enterRing(ConnectionFlow flow) {
        connectionCount++;
        ConnectionFlow next = turn;
        if (next == null) {
            turn = flow;
            return;
        }
        ConnectionFlow previous = next.previousInRing;
        flow.nextInRing = next;
        flow.previousInRing = previous;
        previous.nextInRing = flow;
        next.previousInRing = flow;
    }

    private void leaveRing(ConnectionFlow flow) {
        connectionCount--;
        if (flow.nextInRing == flow) {
            turn = null;
            return;
        }
        flow.previousInRing.nextInRing = flow.nextInRing;
        flow.nextInRing.previousInRing = flow.previousInRing;
        if (turn == flow) {
            turn = flow.nextInRing;
        }
    }

    /**
     * What that work costs this tenant, in microseconds of one place at the upstream; {@code otherwise} if it is not
     * known yet.
     */
    long cost(String work, long otherwise) {
        MovingMean known = costs.get(work);
        return known == null ? otherwise : known.get();
    }

    void learn(String work, long micros) {
        MovingMean known = costs.get(work);
        if (known == null) {
            known = new MovingMean(SAMPLES);
            costs.put(work, known);
        }
        known.add(micros);
    }

    /** What waits, the connection first whose turn it is, and each connection's in its order. */
    List<Offer> inOrder() {
        List<Offer> offers = new ArrayList<>();
        ConnectionFlow each = turn;
        for (int i = 0; i < connectionCount && each != null; i++) {
            each.addTo(offers);
            each = each.nextInRing;
        }
        return offers;
    }

    /** Names all fields but what waits. */
    @Override
    public void state(State state) {
        tag = state.number("tag", tag);
        period = state.number("period", period);
        asked = state.number("asked", asked);
        demandBefore = state.number("demand_before", demandBefore);
        activated = state.number("activated", activated);
        weight = state.number("weight", weight);
        inFlight = state.number("in_flight", inFlight);
        state.part("retries", retries);
        state.list(
                "costs",
                costs.entrySet(),
                (each, known) -> {
                    each.text("operation", known.getKey());
                    known.getValue().state(each);
                },
                each -> {
                    MovingMean cost = new MovingMean(SAMPLES);
                    cost.state(each);
                    costs.put(Objects.requireNonNull(each.text("operation", "")), cost);
                });
    }
}
