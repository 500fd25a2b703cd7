package io.weir.gateway.session;

import java.util.concurrent.atomic.AtomicInteger;

/** An MCP session that an upstream issued through this gateway. Thread-safe. */
public final class Session {
    private final String upstream;
    private final String id;
    private final String tenant;
    private final AtomicInteger exchanges = new AtomicInteger();
    private final AtomicInteger streams = new AtomicInteger();
    private volatile long lastUsed;

    Session(String upstream, String id, String tenant, long now) {
        this.upstream = upstream;
        this.id = id;
        this.tenant = tenant;
        this.lastUsed = now;
    }

    /** The name of the upstream that issued it. */
    public String upstream() {
        return upstream;
    }

    /** The value of {@code Mcp-Session-Id}. */
    public String id() {
        return id;
    }

    /** The tenant that opened it, and that alone may use it. */
    public String tenant() {
        return tenant;
    }

    /** Whoever uses it, as a client. */
    public Client client() {
        return new Client(tenant, upstream + "/" + id);
    }

    /** Counts an exchange that begins. */
    public void begin(long now) {
        lastUsed = now;
        exchanges.incrementAndGet();
    }

    /** Counts an exchange that has ended. */
    public void end(long now) {
        lastUsed = now;
        exchanges.decrementAndGet();
    }

    AtomicInteger streams() {
        return streams;
    }

    boolean isIdle() {
        return exchanges.get() == 0 && streams.get() == 0;
    }

    long lastUsed() {
        return lastUsed;
    }
}
