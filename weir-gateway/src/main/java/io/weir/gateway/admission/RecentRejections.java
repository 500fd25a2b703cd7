package io.weir.gateway.admission;

import io.weir.core.Reason;
import io.weir.core.Rejection;
import io.weir.core.config.WeirConfig;
import io.weir.gateway.mcp.EdgeCap;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/**
 * The requests that were rejected last, {@value #KEPT} at most. Whoever records one takes a number and a place, and no
 * lock: a reader may miss one that is being recorded. Thread-safe.
 */
public final class RecentRejections {
    /**
     * How many are kept; a power of two. Each holds about 250 bytes, and as much of the connection's key as there is, 1
     * KiB at most.
     */
    public static final int KEPT = 1024;

    /** Names of tools are the clients' to choose. */
    private static final int MAX_OPERATION = 128;

    private final AtomicReferenceArray<Entry> entries = new AtomicReferenceArray<>(KEPT);
    private final AtomicLong recorded = new AtomicLong();
    private final Supplier<WeirConfig> config;

    /** @param config the limits in force */
    RecentRejections(Supplier<WeirConfig> config) {
        this.config = config;
    }

    /**
     * A request that was rejected.
     *
     * @param number how many were recorded before it
     * @param atMillis when, in milliseconds since 1970
     * @param upstream which it was for
     * @param connection the key of the connection, which may hold the id of a session: not to be shown
     * @param operation the tool or method, cut to {@value #MAX_OPERATION} characters
     * @param messages how many messages: more than one in a batch
     */
    public record Entry(
            long number,
            long atMillis,
            String upstream,
            String tenant,
            String connection,
            String operation,
            int messages,
            Rejection rejection) {}

    /** To be called once for each request that is rejected. */
    void record(InboundRequest request, Rejection rejection) {
        String operation = request.operation();
        long number = recorded.getAndIncrement();
        entries.set(
                (int) (number & (KEPT - 1)),
                new Entry(
                        number,
                        System.currentTimeMillis(),
                        request.upstream(),
                        request.client().tenant(),
                        request.client().connection(),
                        operation.length() <= MAX_OPERATION ? operation : operation.substring(0, MAX_OPERATION),
                        request.messages().size(),
                        rejection));
    }

    /**
     * The key that sets the limit of a rejection now; empty where it is no limit of messages, bytes, rates or streams.
     */
    public Optional<LimitKey> key(Entry entry) {
        Rejection rejection = entry.rejection();
        if (rejection.reason() == Reason.STREAMS) {
            EdgeCap cap = EdgeCap.onStreams(rejection.scope());
            return Optional.of(new LimitKey(cap.key("streams"), String.valueOf(rejection.limit())));
        }
        return LimitKey.of(entry.rejection().reason().key(), entry.tenant(), config.get());
    }

    /** How many were recorded since the start. */
    public long recorded() {
        return recorded.get();
    }

    /** Those that are kept, the last one first. */
    public List<Entry> last() {
        List<Entry> kept = new ArrayList<>(KEPT);
        for (int i = 0; i < KEPT; i++) {
            Entry entry = entries.get(i);
            if (entry != null) {
                kept.add(entry);
            }
        }
        kept.sort(Comparator.comparingLong(Entry::number).reversed());
        return kept;
    }
}
