package io.weir.core.queue;

import io.weir.core.state.State;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The operations that completed a call, the 1,024 that were used last; all others count as one that nothing is known
 * of. Not thread-safe.
 */
final class OperationTable implements State.Stateful {
    private static final int MAX_OPERATIONS = 1024;

    private final Operation unknown = new Operation(null);

    private final Map<String, Operation> known = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Operation> eldest) {
            return size() > MAX_OPERATIONS;
        }
    };

    Operation of(String name) {
        Operation operation = known.get(name);
        return operation == null ? unknown : operation;
    }

    /**
     * Notes that a call of that operation took so many nanoseconds.
     *
     * @param stalled whether that includes a stall of the upstream
     */
    void completed(String name, long nanos, boolean stalled, long now) {
        Operation operation = known.get(name);
        if (operation == null) {
            operation = new Operation(new RecentDurations(now));
            known.put(name, operation);
        }
        operation.learn(nanos, stalled, now);
    }

    /** The operation that nothing is known of. */
    Operation unknown() {
        return unknown;
    }

    @Override
    public void state(State state) {
        state.part("unknown", unknown);
        state.list(
                "known", known.entrySet(), (each, entry) -> operation(each, entry.getKey(), entry.getValue()), each -> {
                    String name = Objects.requireNonNull(each.text("operation", ""));
                    known.put(name, operation(each, name, null));
                });
    }

    private static Operation operation(State state, String name, @Nullable Operation known) {
        state.text("operation", name);
        return Objects.requireNonNull(state.shared("calls", known, Operation::empty));
    }
}
