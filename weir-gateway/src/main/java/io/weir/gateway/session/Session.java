package io.weir.gateway.session;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** An MCP session that an upstream issued through this gateway. Thread-safe. */
public final class Session {
    private final String upstream;
    private final Object issuer;
    private final String id;
    private final String tenant;
    private final Origin opener;
    private final Client client;
    private final AtomicInteger exchanges = new AtomicInteger();
    private final AtomicInteger streams = new AtomicInteger();
    private final SessionQuota ofAddress;
    private final SessionQuota ofTenantAtAddress;
    private final AtomicBoolean ending = new AtomicBoolean();
    private final long opened;
    private volatile long lastUsed;
    private volatile boolean begun;
    private volatile boolean used;
    private volatile boolean streamsEnd;
    private volatile long streamsEndAt;

    /** Whether it is being ended at its upstream; for {@link Sessions} alone, on one thread at a time. */
    private volatile boolean leaving;

    /**
     * A session that was opened now.
     *
     * @param issuer what has issued it, whatever has the name of the upstream later
     * @param ofAddress what its address has of the sessions
     * @param ofTenantAtAddress what of that is its tenant's
     */
    Session(
            String upstream,
            Object issuer,
            String id,
            String tenant,
            Origin opener,
            SessionQuota ofAddress,
            SessionQuota ofTenantAtAddress,
            long now) {
        this.upstream = upstream;
        this.issuer = issuer;
        this.id = id;
        this.tenant = tenant;
        this.opener = new Origin(opener.address(), opener.connection());
        this.client = new Client(tenant, upstream + "/" + id, opener.address(), "");
        this.ofAddress = ofAddress;
        this.ofTenantAtAddress = ofTenantAtAddress;
        this.opened = now;
        this.lastUsed = now;
    }

    /** The name of the upstream that issued it. */
    public String upstream() {
        return upstream;
    }

    Object issuer() {
        return issuer;
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
        return client;
    }

    /** Where the request came from that opened it. */
    Origin opener() {
        return opener;
    }

    /** What its address has of the sessions; for {@link Sessions} alone, under its lock. */
    SessionQuota ofAddress() {
        return ofAddress;
    }

    /** What its tenant has of the sessions at its address; for {@link Sessions} alone, under its lock. */
    SessionQuota ofTenantAtAddress() {
        return ofTenantAtAddress;
    }

    /** Counts an exchange that begins. */
    public void begin(long now) {
        used |= begun;
        begun = true;
        lastUsed = now;
        exchanges.incrementAndGet();
    }

    /** Counts a request that is being received, until it ends: meanwhile the session is not idle. */
    public void receive(long now) {
        lastUsed = now;
        exchanges.incrementAndGet();
    }

    /** Counts a stream that begins, unless there are so many. */
    boolean beginStream(int most, long now) {
        lastUsed = now;
        return streams.getAndUpdate(n -> n < most ? n + 1 : n) < most;
    }

    /** How many streams are open in it. */
    int streams() {
        return streams.get();
    }

    /** Counts a stream that has ended; the idle time begins now. */
    void endStream(long now) {
        lastUsed = now;
        streams.decrementAndGet();
    }

    /** Counts an exchange that has ended, or a request that was received. */
    public void end(long now) {
        lastUsed = now;
        exchanges.decrementAndGet();
    }

    /** True for the first DELETE, which costs nothing; a session can be ended once. */
    public boolean endsFirst() {
        return ending.compareAndSet(false, true);
    }

    /** Whether its client has sent a DELETE: what the server leaves unanswered then is the client's doing. */
    public boolean isEnding() {
        return ending.get();
    }

    /**
     * By when a stream of it is to end, in nanoseconds of the monotonic clock.
     *
     * @param own the deadline that the stream has by itself
     */
    public long streamDeadline(long own) {
        return streamsEnd ? streamsEndAt : own;
    }

    /** Has its streams end now. */
    void endStreams(long now) {
        if (!streamsEnd) {
            streamsEndAt = now;
            streamsEnd = true;
        }
    }

    boolean isLeaving() {
        return leaving;
    }

    void leave() {
        leaving = true;
    }

    boolean isIdle() {
        return !hasExchanges() && streams.get() == 0;
    }

    /** Whether anything of it is queued, in flight or being received; streams are not counted. */
    public boolean hasExchanges() {
        return exchanges.get() != 0;
    }

    /** How long ago it was opened, in nanoseconds. */
    long age(long now) {
        return now - opened;
    }

    /** Whether more came in it than one message, such as {@code notifications/initialized}. */
    boolean isUsed() {
        return used;
    }

    long lastUsed() {
        return lastUsed;
    }
}
