package io.weir.gateway.edge;

import io.netty.channel.Channel;
import io.weir.config.EdgeConfig;
import io.weir.gateway.http.ConnectionReset;
import io.weir.gateway.http.WriteProgress;
import io.weir.gateway.proxy.RequestRecord;
import io.weir.gateway.session.Origin;
import java.net.InetAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A client's TCP connection: its key, and whether it keeps within its deadlines. Confined to its event loop. */
final class ClientConnection {
    private final String key;
    private final boolean trustedProxy;
    private final Channel channel;
    private final RequestFraming framing;
    private final HeadMemory heads;
    private int requestsAnswered;
    private int headsSeen;
    private boolean answering;
    private boolean refused;
    private boolean handshaking;
    private long headSince;
    private long bodySince;
    private final long opened;
    private long quietSince;
    private long unwritableSince;
    private final WriteProgress progress = new WriteProgress();
    private boolean unwritable;
    private InetAddress address;
    private String addressText;
    private Origin origin;
    private @Nullable String certificateTenant;
    private final LastClient lastClient = new LastClient();

    /** Of the request that is served now; one is served at a time. */
    private @Nullable RequestRecord record;

    /** @param trustedProxy whether the peer's word is taken on which address a request comes from */
    ClientConnection(
            String key,
            InetAddress address,
            Origin origin,
            boolean trustedProxy,
            Channel channel,
            RequestFraming framing,
            HeadMemory heads,
            long now) {
        this.key = key;
        this.address = address;
        this.addressText = address.getHostAddress();
        this.origin = origin;
        this.trustedProxy = trustedProxy;
        this.channel = channel;
        this.framing = framing;
        this.heads = heads;
        this.opened = now;
        this.quietSince = now;
    }

    /** Notes the record of the request that is served from now on. */
    void record(@Nullable RequestRecord next) {
        record = next;
    }

    /** The record of the request that is served; null if nobody wants one. */
    @Nullable
    RequestRecord record() {
        return record;
    }

    /** A name that no connection had before. */
    String key() {
        return key;
    }

    /** The address at the other end, or the one that a PROXY header names. */
    InetAddress address() {
        return address;
    }

    /** The address as text. */
    String addressText() {
        return addressText;
    }

    /** Whom the requests come from that belong to no session. */
    LastClient lastClient() {
        return lastClient;
    }

    /** Where requests come from that say nothing else. */
    Origin origin() {
        return origin;
    }

    /** Notes that it begins with a TLS handshake, which may take as long as a head. */
    void beginHandshake() {
        handshaking = true;
    }

    /** Notes that the handshake is done. */
    void endHandshake(long now) {
        handshaking = false;
        quietSince = now;
    }

    /** Notes the tenant that the client's certificate names. */
    void certified(String tenant) {
        certificateTenant = tenant;
    }

    /** The tenant that the client's certificate names; null if it names none, or is not asked for that. */
    @Nullable
    String certificateTenant() {
        return certificateTenant;
    }

    /** Notes for whom the proxy at the other end has opened this connection. */
    void proxied(InetAddress client, Origin from) {
        address = client;
        addressText = client.getHostAddress();
        origin = from;
    }

    /** Whether the peer is a trusted proxy. */
    boolean isTrustedProxy() {
        return trustedProxy;
    }

    /**
     * Whether the peer is a trusted proxy that many clients may share; not one that has opened this connection for one
     * of them.
     */
    boolean isSharedProxy() {
        return trustedProxy && origin.connection() == null;
    }

    /**
     * Notes that bytes have arrived. The clock is read once, where a head begins.
     *
     * @return whether there is room for the heads that they belong to
     */
    boolean received() {
        if (framing.headsBegun() != headsSeen) {
            headsSeen = framing.headsBegun();
            headSince = System.nanoTime();
            bodySince = headSince;
        }
        return heads.hold(framing.heaviestHead(), unanswered(), !framing.isInHead());
    }

    private int unanswered() {
        return framing.headsBegun() - requestsAnswered;
    }

    /** Gives back what its heads took; for a connection that is closed. */
    void closed() {
        heads.release();
    }

    /** Whether it sends requests and does not read the answers, so that they pile up beyond its write queue. */
    boolean isFlooding(int outboundBytes) {
        return !channel.isWritable() && channel.bytesBeforeWritable() > outboundBytes;
    }

    /** Notes that the answer to a request begins, so that nothing else may be written. */
    void beginAnswer() {
        answering = true;
    }

    /**
     * Whether nothing may be written about the request that is being received: the answer to it has begun, or one
     * before it has none yet, and would be taken to have this one.
     */
    boolean owesAnswer() {
        return answering || unanswered() > 1;
    }

    /** Ends reading: what comes is dropped until the connection is closed. False if it was ended before. */
    boolean refuse() {
        boolean first = !refused;
        refused = true;
        return first;
    }

    /** Whether nothing of what comes is served any more. */
    boolean isRefused() {
        return refused;
    }

    /** Notes that a request has been answered whole. */
    void endAnswer(long now) {
        answering = false;
        requestsAnswered++;
        quietSince = now;
        // What follows was not read while this was not answered, and is not late for that.
        headSince = now;
        bodySince = now;
        if (unanswered() == 0) {
            framing.forgetHeads();
        }
        heads.hold(framing.heaviestHead(), unanswered(), true);
    }

    /** When it reaches its maximum age, in nanoseconds of the monotonic clock. */
    long end(EdgeConfig edge) {
        return opened + edge.connectionMaxAgeNanos();
    }

    /** Whether it has reached its maximum age: it is closed behind the response under way. */
    boolean isAgedOut(EdgeConfig edge, long now) {
        return now - end(edge) >= 0;
    }

    /** Why the connection is to be closed now, or null. */
    @Nullable
    Overdue overdue(EdgeConfig edge, long now) {
        if (handshaking) {
            return now - quietSince > edge.headerTimeout().toNanos() ? Overdue.HANDSHAKE : null;
        }
        if (channel.isWritable()) {
            unwritable = false;
        } else if (progress.advanced(channel) || !unwritable) {
            unwritable = true;
            unwritableSince = now;
        } else if (now - unwritableSince > nanos(edge.writeStallTimeout().toMillis())) {
            return Overdue.SLOW_READER;
        }
        if (refused) {
            // It is being closed.
            return null;
        }
        if (framing.isInHead()) {
            return now - headSince > edge.headerTimeout().toNanos() ? Overdue.HEAD : null;
        }
        // The body of a pipelined request is read when the request before it is answered.
        if (framing.isInBody() && unanswered() <= 1) {
            return now - bodySince > edge.bodyTimeout().toNanos() ? Overdue.BODY : null;
        }
        if (unanswered() != 0) {
            return null;
        }
        if (isAgedOut(edge, now)) {
            return Overdue.AGE;
        }
        return now - quietSince > edge.idleTimeout().toNanos() ? Overdue.IDLE : null;
    }

    private static long nanos(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }

    /** Gives the client more time, since the event loop itself was late and what has arrived waits to be read. */
    void extend(long nanos) {
        headSince += nanos;
        bodySince += nanos;
        quietSince += nanos;
        unwritableSince += nanos;
    }

    /** Ends the connection: at once if what was written cannot be flushed, else when it is. */
    void close(Overdue why) {
        if (why == Overdue.SLOW_READER || why == Overdue.HANDSHAKE) {
            ConnectionReset.now(channel);
        } else {
            ConnectionReset.gracefully(channel);
        }
    }

    /** The deadlines that a client can miss. */
    enum Overdue {
        HANDSHAKE,
        HEAD,
        BODY,
        IDLE,
        AGE,
        SLOW_READER
    }
}
