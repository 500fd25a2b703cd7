package io.weir.gateway.session;

import io.weir.gateway.mcp.EdgeCap;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** Counts what was refused because of each cap. Thread-safe. */
public final class CapCounters {
    private final String what;
    private final Map<EdgeCap, LongAdder> refused = new EnumMap<>(EdgeCap.class);

    /**
     * Counters at 0.
     *
     * @param what the caps bound, such as {@code streams}
     */
    public CapCounters(String what, EdgeCap... caps) {
        this.what = what;
        for (EdgeCap cap : caps) {
            refused.put(cap, new LongAdder());
        }
    }

    /** Counts one that was refused because of that cap. */
    public void count(EdgeCap cap) {
        counter(cap).increment();
    }

    /** How many were refused because of that cap. */
    public long of(EdgeCap cap) {
        return counter(cap).sum();
    }

    private LongAdder counter(EdgeCap cap) {
        return Objects.requireNonNull(refused.get(cap));
    }

    /** How many were refused in all. */
    public long total() {
        return refused.values().stream().mapToLong(LongAdder::sum).sum();
    }

    /** Adds the counts, the total first, to statistics. */
    public void addTo(Map<String, Long> values) {
        Map<String, Long> byCap = new LinkedHashMap<>();
        refused.forEach((cap, count) -> byCap.put(cap.counter(what), count.sum()));
        // Of what was read once: the parts are the whole.
        values.put(
                what + "_refused",
                byCap.values().stream().mapToLong(Long::longValue).sum());
        values.putAll(byCap);
    }
}
