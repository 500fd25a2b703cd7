package io.weir.core.queue;

import io.weir.core.state.State;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The circuits of each tenant's operations, the 1,024 that were used last. There is one from the first failure on;
 * while nothing fails they cost nothing. Not thread-safe.
 */
final class OperationCircuits implements State.Stateful {
    private static final int MAX_CIRCUITS = 1024;

    private final CircuitPolicy policy;
    private final Map<Key, Circuit> circuits = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Circuit> eldest) {
            return size() > MAX_CIRCUITS;
        }
    };

    /** An operation of a tenant. */
    private record Key(String tenant, String work) {}

    OperationCircuits(CircuitPolicy policy) {
        this.policy = policy;
    }

    /** Begins anew. */
    void clear() {
        circuits.clear();
    }

    /** The circuit of the offer's operation; null while it never failed. */
    @Nullable
    Circuit of(Offer offer) {
        return circuits.isEmpty() ? null : circuits.get(key(offer));
    }

    /** As {@link #of}; a new one counts from when the offer was dispatched. */
    Circuit failed(Offer offer) {
        Key key = key(offer);
        Circuit known = circuits.get(key);
        if (known == null) {
            known = new Circuit(policy, offer.leftAt);
            circuits.put(key, known);
        }
        return known;
    }

    private static Key key(Offer offer) {
        return new Key(offer.connection().tenant(), offer.operation());
    }

    /** How many are open. */
    int open() {
        int open = 0;
        for (Circuit each : circuits.values()) {
            if (each.state() == CircuitState.OPEN) {
                open++;
            }
        }
        return open;
    }

    @Override
    public void state(State state) {
        state.list(
                "circuits",
                circuits.entrySet(),
                (each, known) -> circuit(each, known.getKey(), known.getValue()),
                each -> {
                    Key key = new Key(
                            Objects.requireNonNull(each.text("tenant", "")),
                            Objects.requireNonNull(each.text("operation", "")));
                    circuits.put(key, circuit(each, key, null));
                });
    }

    private Circuit circuit(State state, Key key, @Nullable Circuit known) {
        state.text("tenant", key.tenant());
        state.text("operation", key.work());
        return Objects.requireNonNull(state.shared("circuit", known, this::emptyCircuit));
    }

    /** To be read from a checkpoint. */
    Circuit emptyCircuit() {
        return new Circuit(policy, 0);
    }
}
