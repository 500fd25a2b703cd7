package io.weir.core.queue;

import io.weir.core.state.State;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/*
 * Start-time fair queueing: every message has a virtual start time, that of its tenant's message before plus that one's
 * cost over the tenant's weight, and at least the virtual time now, which is the start time of the message that was
 * dispatched last. The smallest start time goes first. Between two tenants with work, what they were given differs by
 * at most one message of each, whatever the messages cost; deficit round robin promises that only up to its quantum,
 * which has to be the cost of the most expensive message for a decision to be O(1). With tools that take 5 ms beside
 * tools that take a minute, that would be no promise.
 *
 * Source: Goyal, Vin, Cheng, "Start-time Fair Queueing", SIGCOMM 1996.
 */

/** The tenants with something waiting, in the order of their turns: O(log tenants). Not thread-safe. */
final class FairQueue implements State.Stateful {
    private static final int SCALE_BITS = 10;
    private static final int MAX_LISTED = 20;
    private static final int LOOKED_AT_ONCE = 64;
    private static final int PART_LOOKED_AT = 16;

    private final Map<String, TenantFlow> flows = new LinkedHashMap<>();
    private TenantFlow[] heap = new TenantFlow[16];
    private int active;
    private long activeWeight;
    private long virtualTime;
    private long activations;
    private long created;
    private long queuedCost;
    private long queuedMessages;
    private long offers;

    boolean isEmpty() {
        return active == 0;
    }

    long queuedCost() {
        return queuedCost;
    }

    long queuedMessages() {
        return queuedMessages;
    }

    long offers() {
        return offers;
    }

    TenantFlow flow(String tenant, long now) {
        TenantFlow flow = flows.get(tenant);
        if (flow == null) {
            flow = new TenantFlow(tenant, created++, now);
            flow.tag = virtualTime;
            flows.put(tenant, flow);
        }
        return flow;
    }

    @Nullable
    TenantFlow known(String tenant) {
        return flows.get(tenant);
    }

    private static long share(long cost, int weight) {
        return Math.max(1, (cost << SCALE_BITS) / weight);
    }

    void add(TenantFlow tenant, Offer offer) {
        offer.tenant = tenant;
        boolean wasEmpty = tenant.isEmpty();
        tenant.add(offer);
        queuedCost += offer.cost;
        queuedMessages += offer.messages();
        offers++;
        if (wasEmpty) {
            if (tenant.tag - virtualTime < 0) {
                tenant.tag = virtualTime;
            }
            tenant.weight = offer.weight();
            tenant.activated = activations++;
            activeWeight += tenant.weight;
            push(tenant);
        }
    }

    /** The one whose turn it is. */
    @Nullable
    Offer head() {
        return active == 0 ? null : heap[0].head();
    }

    /**
     * Of those that are the next of their tenant, the one with the earliest turn that may go; null if none may.
     * O(tenants).
     */
    @Nullable
    Offer earliest(Predicate<Offer> may) {
        TenantFlow found = null;
        for (int i = 0; i < active; i++) {
            TenantFlow tenant = heap[i];
            Offer head = tenant.head();
            if (head != null && may.test(head) && (found == null || isBefore(tenant, found))) {
                found = tenant;
            }
        }
        return found == null ? null : found.head();
    }

    /** Takes out one that is given to the upstream. */
    void removeServed(Offer offer) {
        TenantFlow tenant = remove(offer, true);
        charge(tenant, offer);
        if (tenant.heapIndex >= 0) {
            down(tenant.heapIndex);
        }
    }

    /** Takes out one that is not. */
    void removeUnserved(Offer offer) {
        remove(offer, false);
    }

    private TenantFlow remove(Offer offer, boolean served) {
        TenantFlow tenant = offer.tenant;
        ConnectionFlow flow = offer.flow;
        if (tenant == null || flow == null) {
            throw new IllegalStateException("not queued");
        }
        tenant.remove(offer, flow, served);
        queuedCost -= offer.cost;
        queuedMessages -= offer.messages();
        offers--;
        if (tenant.isEmpty()) {
            activeWeight -= tenant.weight;
            removeAt(tenant.heapIndex);
        }
        return tenant;
    }

    /** Charges a tenant for a message that is given to the upstream. */
    void charge(TenantFlow tenant, Offer offer) {
        long start = tenant.tag - virtualTime > 0 ? tenant.tag : virtualTime;
        virtualTime = start;
        tenant.tag = start + share(offer.cost, offer.weight());
    }

    /**
     * How much is served before a message of that tenant and connection that came now, in microseconds of one place.
     *
     * @param totalWeight the weights of all tenants that come and go: each time one has something new, it goes before
     *     those that have had more
     */
    long costAhead(TenantFlow tenant, Offer offer, long totalWeight) {
        ConnectionFlow flow = tenant.connection(offer.connection().key());
        long turns = (long) tenant.connectionCount + (flow == null ? 1 : 0);
        long own = Math.min(tenant.queuedCost, (flow == null ? 0 : flow.queuedCost) * turns + offer.cost * (turns - 1));
        long distance = Math.max(0, tenant.tag - virtualTime) + (own << SCALE_BITS) / offer.weight();
        long weights = weights(tenant, offer.weight());
        long queuedNow = distance > Long.MAX_VALUE / weights
                ? queuedCost
                : Math.min(queuedCost, (distance * weights) >> SCALE_BITS);
        return Math.max(queuedNow, own * totalWeight / offer.weight());
    }

    /** The weights of all that have something waiting, and of that tenant. */
    long weights(TenantFlow tenant, int weight) {
        return activeWeight + (tenant.heapIndex < 0 ? weight : 0);
    }

    /**
     * Forgets tenants whose past does not count, that have nothing, owe nothing and are owed nothing. Looks at a part
     * of them, and goes on behind that the next time: each is looked at within 16 times. True if there was one.
     */
    boolean forgetIdle(Predicate<TenantFlow> counts, long now) {
        boolean forgotten = false;
        int looked = Math.min(flows.size(), Math.max(LOOKED_AT_ONCE, flows.size() / PART_LOOKED_AT + 1));
        for (int i = 0; i < looked; i++) {
            Iterator<TenantFlow> first = flows.values().iterator();
            TenantFlow flow = first.next();
            first.remove();
            if (!counts.test(flow)
                    && flow.isEmpty()
                    && flow.inFlight == 0
                    && flow.tag - virtualTime <= 0
                    && flow.retries.areOver(now)) {
                forgotten = true;
            } else {
                flows.put(flow.key, flow);
            }
        }
        return forgotten;
    }

    List<QueueStats.TenantQueue> longest() {
        return Arrays.stream(heap, 0, active)
                .map(flow -> new QueueStats.TenantQueue(flow.key, flow.queuedMessages))
                .sorted(Comparator.comparingLong(QueueStats.TenantQueue::queued)
                        .reversed()
                        .thenComparing(QueueStats.TenantQueue::tenant))
                .limit(MAX_LISTED)
                .toList();
    }

    private static boolean isBefore(TenantFlow a, TenantFlow b) {
        return a.tag != b.tag ? a.tag - b.tag < 0 : a.activated - b.activated < 0;
    }

    private void push(TenantFlow tenant) {
        if (active == heap.length) {
            heap = Arrays.copyOf(heap, 2 * active);
        }
        put(active++, tenant);
        up(tenant.heapIndex);
    }

    private void removeAt(int index) {
        heap[index].heapIndex = -1;
        TenantFlow moved = heap[--active];
        heap[active] = null;
        if (index < active) {
            put(index, moved);
            up(index);
            down(moved.heapIndex);
        }
    }

    private void put(int index, TenantFlow tenant) {
        heap[index] = tenant;
        tenant.heapIndex = index;
    }

    private void up(int from) {
        TenantFlow tenant = heap[from];
        int index = from;
        while (index > 0 && isBefore(tenant, heap[(index - 1) / 2])) {
            put(index, heap[(index - 1) / 2]);
            index = (index - 1) / 2;
        }
        put(index, tenant);
    }

    private void down(int from) {
        TenantFlow tenant = heap[from];
        int index = from;
        for (int child = 2 * index + 1; child < active; child = 2 * index + 1) {
            if (child + 1 < active && isBefore(heap[child + 1], heap[child])) {
                child++;
            }
            if (!isBefore(heap[child], tenant)) {
                break;
            }
            put(index, heap[child]);
            index = child;
        }
        put(index, tenant);
    }

    /** Names all fields but what waits. */
    @Override
    public void state(State state) {
        virtualTime = state.number("virtual_time", virtualTime);
        activations = state.number("activations", activations);
        created = state.number("created", created);
        state.list(
                "flows",
                flows.values(),
                (each, flow) -> {
                    each.text("tenant", flow.key);
                    each.number("number", flow.number);
                    flow.state(each);
                },
                each -> {
                    String tenant = Objects.requireNonNull(each.text("tenant", ""));
                    TenantFlow flow = new TenantFlow(tenant, each.number("number", 0L), 0);
                    flow.state(each);
                    flows.put(tenant, flow);
                });
    }

    /** Names what waits, of each tenant in its order. */
    void waiting(State state, PendingOffers pending) {
        List<TenantFlow> tenants =
                flows.values().stream().filter(flow -> !flow.isEmpty()).toList();
        state.list(
                "waiting",
                tenants,
                (each, flow) -> {
                    each.text("tenant", flow.key);
                    pending.numbers(each, "offers", flow.inOrder());
                },
                each -> restore(
                        known(Objects.requireNonNull(each.text("tenant", ""))),
                        pending.numbers(each, "offers", List.of())));
    }

    private void restore(@Nullable TenantFlow tenant, List<Offer> inOrder) {
        if (tenant == null || inOrder.isEmpty()) {
            throw new IllegalArgumentException("has a tenant that waits and is not known, or for nothing");
        }
        for (Offer offer : inOrder) {
            tenant.add(offer);
            queuedCost += offer.cost;
            queuedMessages += offer.messages();
            offers++;
        }
        activeWeight += tenant.weight;
        push(tenant);
    }
}
