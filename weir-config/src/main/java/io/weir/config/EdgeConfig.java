package io.weir.config;

import java.time.Duration;
import java.util.Optional;

/**
 * Bounds that make a slow or hostile client harmless.
 *
 * @param maxConnections client connections at the most
 * @param maxConnectionsPerAddress client connections from one address at the most
 * @param maxConnectionsPerTenant client connections of one tenant at the most, where a connection has one
 * @param maxSessions MCP sessions at the most
 * @param maxSessionsPerTenant MCP sessions of one tenant at the most
 * @param maxSessionsPerAddress MCP sessions that were opened from one address at the most
 * @param maxSessionsPerConnection MCP sessions that were opened on one TCP connection at the most
 * @param maxInitializePerSecPerAddress sustained {@code initialize} a second from one address;
 *     {@code maxSessionsPerAddress} at once
 * @param ipv6PrefixLength how many bits of an IPv6 address tell one client from another, 32 to 128
 * @param maxStreams GET streams at the most
 * @param maxStreamsPerSession GET streams of one session at the most
 * @param maxStreamsPerTenant GET streams of one tenant at the most
 * @param maxStreamsPerAddress GET streams from one address at the most
 * @param streamMaxAge after which a GET stream or an open subscription is ended
 * @param sessionIdleTimeout after which a session that does nothing is forgotten and ended upstream
 * @param sessionMaxAge after which a session gets no more requests, and ends with those that it has; empty for no
 *     maximum
 * @param headerTimeout until the head of a request must have arrived
 * @param bodyTimeout until the body of a request must have arrived
 * @param idleTimeout after which a connection without a request is closed
 * @param connectionMaxAge after which a client connection is closed once nothing is pending on it; empty for no maximum
 * @param writeStallTimeout after which a client that reads nothing is disconnected
 * @param maxHeaderBytes the head of a request at the most
 * @param maxHeaders header fields and trailer fields of a request at the most
 * @param maxBufferedHeadBytes what all heads take at the most that are longer than usual, or behind an unanswered
 *     request
 * @param maxBodyBytes the body of a request at the most
 * @param maxBufferedBodyBytes all bodies being received at once at the most
 * @param maxBufferedAnswerBytes what is kept for all slow clients at once at the most
 * @param maxOutboundBytes answers waiting for one slow client at the most
 * @param scanOffLoopBytes bodies from this size on are scanned off the event loop
 * @param shutdownTimeout how long a shutdown waits for what is in flight
 * @param notifyBackpressure whether clients over TCP, and that of {@code weir stdio}, are told when their limits fill
 *     up
 */
public record EdgeConfig(
        int maxConnections,
        int maxConnectionsPerAddress,
        int maxConnectionsPerTenant,
        int maxSessions,
        int maxSessionsPerTenant,
        int maxSessionsPerAddress,
        int maxSessionsPerConnection,
        int maxInitializePerSecPerAddress,
        int ipv6PrefixLength,
        int maxStreams,
        int maxStreamsPerSession,
        int maxStreamsPerTenant,
        int maxStreamsPerAddress,
        Duration streamMaxAge,
        Duration sessionIdleTimeout,
        Optional<Duration> sessionMaxAge,
        Duration headerTimeout,
        Duration bodyTimeout,
        Duration idleTimeout,
        Optional<Duration> connectionMaxAge,
        Duration writeStallTimeout,
        int maxHeaderBytes,
        int maxHeaders,
        long maxBufferedHeadBytes,
        int maxBodyBytes,
        long maxBufferedBodyBytes,
        long maxBufferedAnswerBytes,
        int maxOutboundBytes,
        int scanOffLoopBytes,
        Duration shutdownTimeout,
        boolean notifyBackpressure) {

    /** Times of the monotonic clock may differ by less than half of its range. */
    private static final long NO_MAX_AGE = Long.MAX_VALUE / 2;

    /** How many clients are remembered at a time: each that can have a session or a connection, twice over. */
    public int maxKnownClients() {
        return 2 * (maxConnections + maxSessions);
    }

    /** The maximum age of a session in nanoseconds; without one, longer than any process lives. */
    public long sessionMaxAgeNanos() {
        return sessionMaxAge.map(Duration::toNanos).orElse(NO_MAX_AGE);
    }

    /** The maximum age of a client connection in nanoseconds; without one, longer than any process lives. */
    public long connectionMaxAgeNanos() {
        return connectionMaxAge.map(Duration::toNanos).orElse(NO_MAX_AGE);
    }

    /** What a gateway starts with. */
    public static final EdgeConfig DEFAULT = of(new Values());

    static EdgeConfig of(Values values) {
        return new EdgeConfig(
                values.get(Keys.MAX_CONNECTIONS),
                values.get(Keys.MAX_CONNECTIONS_PER_ADDRESS),
                values.find(Keys.MAX_CONNECTIONS_PER_TENANT).orElse(values.get(Keys.MAX_CONNECTIONS)),
                values.get(Keys.MAX_SESSIONS),
                values.get(Keys.MAX_SESSIONS_PER_TENANT),
                values.get(Keys.MAX_SESSIONS_PER_ADDRESS),
                values.get(Keys.MAX_SESSIONS_PER_CONNECTION),
                values.get(Keys.MAX_INITIALIZE_PER_SEC_PER_ADDRESS),
                values.get(Keys.IPV6_PREFIX_LENGTH),
                values.get(Keys.MAX_STREAMS),
                values.get(Keys.MAX_STREAMS_PER_SESSION),
                values.get(Keys.MAX_STREAMS_PER_TENANT),
                values.get(Keys.MAX_STREAMS_PER_ADDRESS),
                values.get(Keys.STREAM_MAX_AGE_MS),
                values.get(Keys.SESSION_IDLE_TIMEOUT_MS),
                values.find(Keys.SESSION_MAX_AGE_MS),
                values.get(Keys.HEADER_TIMEOUT_MS),
                values.get(Keys.BODY_TIMEOUT_MS),
                values.get(Keys.IDLE_TIMEOUT_MS),
                values.find(Keys.CONNECTION_MAX_AGE_MS),
                values.get(Keys.WRITE_STALL_TIMEOUT_MS),
                values.get(Keys.MAX_HEADER_BYTES),
                values.get(Keys.MAX_HEADERS),
                values.get(Keys.MAX_BUFFERED_HEAD_BYTES),
                values.get(Keys.MAX_BODY_BYTES),
                values.get(Keys.MAX_BUFFERED_BODY_BYTES),
                values.get(Keys.MAX_BUFFERED_ANSWER_BYTES),
                values.get(Keys.MAX_OUTBOUND_BYTES),
                values.get(Keys.SCAN_OFF_LOOP_BYTES),
                values.get(Keys.SHUTDOWN_TIMEOUT_MS),
                values.get(Keys.NOTIFY_BACKPRESSURE));
    }
}
