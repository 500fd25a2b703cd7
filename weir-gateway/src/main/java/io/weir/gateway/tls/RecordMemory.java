package io.weir.gateway.tls;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Bytes that the TLS records of clients take beyond what is planned for with each connection: records that have not
 * arrived whole, and what the engine was given and has not decrypted. It bounds them over all connections of one event
 * loop. When they are full, the connection that holds some for the longest time is refused: an honest client completes
 * a record in the time of a round trip. Confined to the event loop, so that no connection waits for another.
 */
public final class RecordMemory {
    private final long limit;
    private long taken;

    /** How much each connection holds, first the one that began earliest. */
    private final Map<Holder, Long> holders = new LinkedHashMap<>();

    /** A connection that holds bytes. */
    interface Holder {
        /** Gives back all that it holds, with {@link #hold}, and ends the connection. */
        void refuse();
    }

    /** @param limit the most that connections may hold together, in bytes; more than one record takes */
    public RecordMemory(long limit) {
        this.limit = limit;
    }

    /**
     * A connection holds so much from now on. Refuses others, or it, if that is too much.
     *
     * @param bytes beyond what is planned for, 0 or more
     */
    void hold(Holder holder, long bytes) {
        Long before = bytes == 0 ? holders.remove(holder) : holders.put(holder, bytes);
        taken += bytes - (before == null ? 0 : before);
        while (taken > limit) {
            holders.keySet().iterator().next().refuse();
        }
    }

    /** How much is held, in bytes. */
    long taken() {
        return taken;
    }
}
