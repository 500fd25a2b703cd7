package io.weir.core.admission;

/** One connection's pending messages, rate and counters. Obtained from {@link Admission#connection}. Thread-safe. */
public final class Connection {
    private final String tenant;
    private final String key;

    Connection(String tenant, String key) {
        this.tenant = tenant;
        this.key = key;
    }

    /** The key of the tenant that this connection belongs to. */
    public String tenant() {
        return tenant;
    }

    /** The key of this connection, unique within its tenant. */
    public String key() {
        return key;
    }
}
