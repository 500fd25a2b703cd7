package io.weir.config;

import io.weir.core.Priority;
import io.weir.core.config.ConfigKey;
import io.weir.core.config.TenantKey;
import io.weir.core.config.ValueType;
import io.weir.core.config.WeirConfig;
import io.weir.core.queue.Capacity;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The table of all keys of a configuration, by section; those of {@code queue_limits} and {@code backpressure} are the
 * core's.
 */
public final class Keys {
    private static final String HTTP = "http";
    private static final String ADMIN = "admin";
    private static final String TCP = "tcp";
    private static final String REFUSAL = "refusal";
    /** The section of tenants: keys, and below names of tenants the keys of {@link #TENANT}. */
    static final String TENANTS = "tenants";

    /** What stands below the name of a tenant. */
    static final String TENANT = "tenants.NAME";

    private static final String EDGE = "edge";
    private static final String DECISION_LOG = "decision_log";
    private static final String ACCESS_LOG = "access_log";
    private static final String METRICS = "metrics";
    private static final String TRACING = "tracing";

    /** The section of upstreams: below it a name of each, below that these keys. */
    static final String UPSTREAMS = "upstreams";

    /** The section of an upstream's circuit breaker. */
    static final String CIRCUIT = "circuit_breaker";

    /** The section of the child processes of an upstream that is started by a command. */
    static final String CHILDREN = "children";

    /** The section of the connections to an upstream that is reached over TCP. */
    static final String CONNECTIONS = "connections";

    /** Keys of an upstream that are a section of their own. */
    static final List<String> NESTED = List.of(CIRCUIT, CHILDREN, CONNECTIONS);

    /** What stands below a method or tool of an upstream. */
    static final String OPERATION = "methods, tools";

    /** Keys of an upstream that hold names, with the keys of {@link #OPERATION} below each. */
    static final List<String> OPERATIONS = List.of("methods", "tools");

    /** Keys of an upstream that hold names with a value each. */
    static final List<String> MAPS = List.of("headers", "env", "tenant_weights");

    private static final long HOUR = 3_600_000;
    private static final long WEEK = 168 * HOUR;
    private static final long MAX_AGE = 52 * WEEK;
    private static final int MAX_CHILDREN = 10_000;

    static final Key<HostPort> HTTP_LISTEN =
            new Key<>(HTTP, "listen", ValueTypes.address(), "127.0.0.1:8080", "where clients connect");

    static final Key<List<String>> HTTP_ALLOWED_ORIGINS = new Key<>(
                    HTTP,
                    "allowed_origins",
                    ValueTypes.LIST,
                    "",
                    "`Origin` values accepted beside loopback; `*` for all. Their pages may ask from a browser: "
                            + "the gateway answers preflights and sets the CORS headers of responses, in place of the "
                            + "server's")
            .live();

    static final Key<URI> HTTP_PUBLIC_URL = new Key<>(
            HTTP,
            "public_url",
            ValueTypes.url(),
            null,
            "where clients reach this port, such as `https://mcp.example.com`: what OAuth metadata and challenges of "
                    + "servers name in place of the server's own URL. Without it that is the scheme and host of each "
                    + "request, or `X-Forwarded-Proto` and `X-Forwarded-Host` of a trusted proxy");

    static final Key<List<String>> HTTP_ALLOWED_HOSTS = new Key<>(
                    HTTP,
                    "allowed_hosts",
                    ValueTypes.LIST,
                    "",
                    "`Host` names served beside loopback and the listening address; `*` for all")
            .live();

    static final Key<List<AddressBlock>> HTTP_TRUSTED_PROXIES = new Key<>(
            HTTP,
            "trusted_proxies",
            ValueTypes.BLOCKS,
            "",
            "addresses and blocks (`10.0.0.0/8, ::1`) whose `X-Forwarded-For` or `Forwarded` says which "
                    + "address a request comes from: from the right, as far as the addresses are trusted. "
                    + "Everybody else's are ignored. Servers get the address that was found as `X-Forwarded-For`. "
                    + "If both headers are there and name different clients, 400");

    static final Key<Boolean> HTTP_PROXY_PROTOCOL = new Key<>(
            HTTP,
            "proxy_protocol",
            ValueType.bool(),
            "false",
            "connections from trusted proxies begin with a header of the PROXY protocol, version 1 or "
                    + "2, which says the client's address instead");

    static final Key<Path> HTTP_TLS_CERTIFICATE = new Key<>(
            HTTP,
            "tls_certificate",
            ValueTypes.PATH,
            null,
            "a PEM file of the certificate and the chain behind it: with it, clients connect with TLS 1.2 or "
                    + "1.3 (`https://`). Files of TLS are read again when they change: see \"TLS\". A relative path "
                    + "is relative to the configuration file");

    static final Key<Path> HTTP_TLS_KEY = new Key<>(
            HTTP, "tls_key", ValueTypes.PATH, null, "a PEM file of its private key, not encrypted: RSA, EC or EdDSA");

    static final Key<Path> HTTP_TLS_CLIENT_CA = new Key<>(
            HTTP,
            "tls_client_ca",
            ValueTypes.PATH,
            null,
            "a PEM file of CAs: a client without a certificate of one of them is refused in the handshake");

    static final Key<Boolean> HTTP_ALLOW_PLAINTEXT = new Key<>(
            HTTP,
            "allow_plaintext",
            ValueType.bool(),
            "false",
            "listens without TLS on an address beyond loopback: for a proxy in front that ends TLS, or a "
                    + "network that nobody else can read. Without it such a configuration is an error");

    static final Key<HostPort> TCP_LISTEN = new Key<>(
            TCP,
            "listen",
            ValueTypes.address(),
            null,
            "where clients connect that speak JSON-RPC over TCP, a message a line; without it nowhere. See docs/tcp.md");

    static final Key<String> TCP_UPSTREAM = new Key<>(
            TCP,
            "upstream",
            ValueTypes.upstreamName(),
            null,
            "the name of the upstream that these clients speak to; needed where there are several");

    static final Key<Boolean> TCP_PROXY_PROTOCOL = new Key<>(
            TCP,
            "proxy_protocol",
            ValueType.bool(),
            "false",
            "as `http.proxy_protocol`: connections from `http.trusted_proxies` begin with a header of the PROXY "
                    + "protocol, which says the client's address");

    static final Key<Boolean> TCP_REUSE_PORT = new Key<>(
            TCP,
            "reuse_port",
            ValueType.bool(),
            "false",
            "several gateways may listen on one address (`SO_REUSEPORT`): the kernel spreads connections over them");

    static final Key<Integer> TCP_MAX_ANSWER_BYTES = new Key<>(
            TCP,
            "max_answer_bytes",
            ValueType.intBytes(1_024, 1_073_741_824),
            "4194304",
            "the longest message to such a client: one is held whole, since it must not be mixed with another. "
                    + "In place of a longer one its request gets an error. All of them take a quarter of "
                    + "`edge.max_buffered_answer_bytes` at the most, but have room for two of the longest");

    static final Key<Path> TCP_TLS_CERTIFICATE = new Key<>(
            TCP, "tls_certificate", ValueTypes.PATH, null, "as `http.tls_certificate`; it may be the same file");

    static final Key<Path> TCP_TLS_KEY =
            new Key<>(TCP, "tls_key", ValueTypes.PATH, null, "a PEM file of its private key");

    static final Key<Path> TCP_TLS_CLIENT_CA = new Key<>(
            TCP,
            "tls_client_ca",
            ValueTypes.PATH,
            null,
            "a PEM file of CAs: a client needs a certificate of one of them, and the common name of its subject is "
                    + "its tenant, without any API key");

    static final Key<Boolean> TCP_ALLOW_PLAINTEXT =
            new Key<>(TCP, "allow_plaintext", ValueType.bool(), "false", "as `http.allow_plaintext`");

    static final Key<HostPort> ADMIN_LISTEN = new Key<>(
            ADMIN,
            "listen",
            ValueTypes.address(),
            "127.0.0.1:9090",
            "another address than `http.listen`; a page at `/`, `/healthz`, `/readyz`, `/stats`, `/limits`, `/metrics` and more:"
                    + " see docs/operations.md");

    static final Key<List<String>> ADMIN_ALLOWED_HOSTS = new Key<>(
                    ADMIN,
                    "allowed_hosts",
                    ValueTypes.LIST,
                    "",
                    "`Host` names served there beside loopback and the listening address; `*` for all. "
                            + "`/healthz` and `/readyz` answer whatever the name, for probes. `http.allowed_hosts` and "
                            + "`http.allowed_origins` are not for this port")
            .live();

    static final Key<Path> ADMIN_TOKEN_FILE = new Key<>(
            ADMIN,
            "token_file",
            ValueTypes.PATH,
            null,
            "holds the token that everything which changes something requires (`Authorization: Bearer`). If it does "
                    + "not exist, it is created, for its owner alone. Without this key it is `admin-token` in "
                    + "`$STATE_DIRECTORY` (systemd), else in `$XDG_STATE_HOME/weir`, else in `~/.local/state/weir`. "
                    + "Another token in the file is followed while the gateway runs. A relative path is relative to "
                    + "the configuration file");

    static final Key<Path> ADMIN_TLS_CERTIFICATE = new Key<>(
            ADMIN, "tls_certificate", ValueTypes.PATH, null, "as `http.tls_certificate`; it may be the same file");

    static final Key<Path> ADMIN_TLS_KEY =
            new Key<>(ADMIN, "tls_key", ValueTypes.PATH, null, "a PEM file of its private key");

    static final Key<Path> ADMIN_TLS_CLIENT_CA = new Key<>(
            ADMIN,
            "tls_client_ca",
            ValueTypes.PATH,
            null,
            "as `http.tls_client_ca`; probes of `/healthz` and `/readyz` then need a certificate too");

    static final Key<Boolean> ADMIN_ALLOW_PLAINTEXT =
            new Key<>(ADMIN, "allow_plaintext", ValueType.bool(), "false", "as `http.allow_plaintext`");

    static final Key<Integer> HTTP_STATUS = new Key<>(
            REFUSAL,
            "http_status",
            ValueTypes.httpStatus(),
            "200",
            "200, which every known client survives, or 429 with `Retry-After`");

    static final Key<Integer> CODE =
            new Key<>(REFUSAL, "code", ValueTypes.code(), "-31429", "outside -32768 to -32000, or -32023");

    static final Key<Path> API_KEYS_FILE = new Key<>(
            TENANTS,
            "api_keys_file",
            ValueTypes.PATH,
            null,
            "a line `TENANT:sha256:HEX` for each key; `weir key TENANT` makes them. With it, a request "
                    + "without a valid key in `X-API-Key` or `Authorization: Bearer` is answered 401. The header "
                    + "with the key stays here; the other one goes on, so that a client can have credentials of "
                    + "the server beside its key. A file without a key is an error. A relative path is relative "
                    + "to the configuration file");

    static final Key<String> TENANT_HEADER = new Key<>(
            TENANTS,
            "header",
            ValueTypes.tenantHeader(),
            null,
            "the name of a header, such as `X-Weir-Tenant`, in which the server is told the tenant of "
                    + "each request of a client; what a client sends under that name is thrown away");

    static final Key<Path> JWKS_FILE = new Key<>(
            TENANTS,
            "jwt_jwks_file",
            ValueTypes.PATH,
            null,
            "a file of the public keys (a JSON Web Key Set) that JSON Web Tokens are signed with: with it, or with "
                    + "`jwt_jwks_url`, a request with a valid token in `Authorization: Bearer` is let in, and one without "
                    + "a valid token or key is answered 401. Read again when it changes. A relative path is relative to "
                    + "the configuration file");

    static final Key<URI> JWKS_URL = new Key<>(
            TENANTS,
            "jwt_jwks_url",
            ValueTypes.url(),
            null,
            "where these keys are fetched instead: an `https` URL, or `http` on loopback. Fetched at the start, every "
                    + "ten minutes, and when a token names a key that is not known, but not again within ten seconds");

    static final Key<String> JWT_ISSUER =
            new Key<>(TENANTS, "jwt_issuer", ValueTypes.line(), null, "what `iss` of a token must be, to the letter");

    static final Key<List<String>> JWT_AUDIENCE = new Key<>(
            TENANTS,
            "jwt_audience",
            ValueTypes.LIST,
            "",
            "one of these must be in `aud` of a token: mostly the URL of the MCP server as clients know it");

    static final Key<List<String>> JWT_ALGORITHMS = new Key<>(
            TENANTS,
            "jwt_algorithms",
            ValueTypes.ALGORITHMS,
            "RS256,PS256,ES256",
            "which signatures are accepted; a key is used with algorithms of its own kind alone");

    static final Key<String> JWT_CLAIM = new Key<>(
            TENANTS,
            "jwt_claim",
            ValueTypes.line(),
            "sub",
            "the claim whose value is the tenant: a text of " + TenantName.RULE + ", at the top of the token");

    static final Key<Duration> JWT_LEEWAY = new Key<>(
            TENANTS,
            "jwt_leeway_ms",
            ValueType.millis(0, 300_000),
            "30000",
            "by how much the clocks of the issuer and of this machine may differ: for `exp`, which a token must have, "
                    + "`nbf` and `iat`");

    static final Key<List<String>> JWT_SCOPES = new Key<>(
            TENANTS,
            "jwt_scopes",
            ValueTypes.LIST,
            "",
            "all of these must be in `scope` (or `scp`) of a token; one without them is answered 403");

    static final Key<List<String>> JWT_SERVERS = new Key<>(
            TENANTS,
            "jwt_authorization_servers",
            ValueTypes.LIST,
            "",
            "where clients get a token, told in the metadata that a 401 leads to; without it `jwt_issuer`");

    static final Key<Boolean> CERTIFICATE = new Key<>(
            TENANTS,
            "certificate",
            ValueType.bool(),
            "false",
            "the common name of an HTTP client's certificate, which `http.tls_client_ca` requires, is its tenant. What "
                    + "else it sends must not be of another tenant. Clients over TCP: see `tcp.tls_client_ca`");

    static final Key<String> PROXY_HEADER = new Key<>(
            TENANTS,
            "proxy_header",
            ValueTypes.tenantHeader(),
            null,
            "the name of a header in which a proxy of `http.trusted_proxies` says the tenant of a request, for a proxy "
                    + "that has authenticated the client. From everybody else it is thrown away");

    static final Key<Boolean> FORWARD_CREDENTIALS = new Key<>(
            TENANTS,
            "forward_credentials",
            ValueType.bool(),
            "false",
            "the header with the key or token that let a request in goes on to the server");

    static final Key<Integer> MAX_CONNECTIONS =
            new Key<>(EDGE, "max_connections", ValueType.integer(1, 1_000_000), "10000", "client connections");

    static final Key<Integer> MAX_CONNECTIONS_PER_ADDRESS = new Key<>(
            EDGE,
            "max_connections_per_address",
            ValueType.integer(1, 1_000_000),
            "1000",
            "does not hold for trusted proxies: theirs are bounded by `max_connections` alone");

    static final Key<Integer> MAX_CONNECTIONS_PER_TENANT = new Key<>(
            EDGE,
            "max_connections_per_tenant",
            ValueType.integer(1, 1_000_000),
            null,
            "of one tenant, where a connection has one: over TCP, and over HTTP with `tenants.certificate`; without it, "
                    + "`max_connections`. Other connections over HTTP, and those of trusted proxies, have no tenant of their "
                    + "own: each request says it");

    static final Key<Integer> MAX_SESSIONS = new Key<>(
            EDGE,
            "max_sessions",
            ValueType.integer(1, 10_000_000),
            "10000",
            "beyond a cap on sessions, a new one takes the place of an idle one: of the address that "
                    + "holds most, there of the tenant that holds most, of the same TCP connection first, then "
                    + "one never used, then the longest idle. If none is idle, `initialize` waits a second, and "
                    + "then its connection is closed");

    static final Key<Integer> MAX_SESSIONS_PER_TENANT =
            new Key<>(EDGE, "max_sessions_per_tenant", ValueType.integer(1, 10_000_000), "1000", "of one tenant");

    static final Key<Integer> MAX_SESSIONS_PER_ADDRESS = new Key<>(
            EDGE,
            "max_sessions_per_address",
            ValueType.integer(1, 10_000_000),
            "1000",
            "by the address that opened them");

    static final Key<Integer> MAX_SESSIONS_PER_CONNECTION = new Key<>(
            EDGE,
            "max_sessions_per_connection",
            ValueType.integer(1, 10_000_000),
            "500",
            "by the TCP connection that opened them; not for those of trusted proxies, which clients " + "share");

    static final Key<Integer> MAX_INITIALIZE_PER_SEC_PER_ADDRESS = new Key<>(
            EDGE,
            "max_initialize_per_sec_per_address",
            ValueType.integer(1, 1_000_000),
            "50",
            "in the long run; `max_sessions_per_address` at once. Beyond it `initialize` waits a "
                    + "second, and then its connection is closed");

    static final Key<Integer> IPV6_PREFIX_LENGTH = new Key<>(
            EDGE,
            "ipv6_prefix_length",
            ValueType.integer(32, 128),
            "64",
            "IPv6 addresses that share a prefix of this many bits count as one client");

    static final Key<Integer> MAX_STREAMS = new Key<>(
            EDGE,
            "max_streams",
            ValueType.integer(0, 1_000_000),
            "5000",
            "GET streams and `subscriptions/listen`; beyond it 429, for `subscriptions/listen` with the "
                    + "error of a refusal (reason `streams`)");

    static final Key<Integer> MAX_STREAMS_PER_SESSION =
            new Key<>(EDGE, "max_streams_per_session", ValueType.integer(0, 1_000), "4", "of one session");

    static final Key<Integer> MAX_STREAMS_PER_TENANT =
            new Key<>(EDGE, "max_streams_per_tenant", ValueType.integer(0, 1_000_000), "1000", "of one tenant");

    static final Key<Integer> MAX_STREAMS_PER_ADDRESS =
            new Key<>(EDGE, "max_streams_per_address", ValueType.integer(0, 1_000_000), "1000", "from one address");

    static final Key<Duration> STREAM_MAX_AGE_MS = new Key<>(
            EDGE,
            "stream_max_age_ms",
            ValueType.millis(1_000, 604_800_000),
            "14400000",
            "after which a GET stream or an open `subscriptions/listen` is ended: clients open another. A stream has no "
                    + "idle timeout, since one that is silent for hours is in order; its connection to a client or server "
                    + "that vanished is found by the kernel's probes, on Linux in two minutes");

    static final Key<Duration> SESSION_IDLE_TIMEOUT_MS = new Key<>(
            EDGE,
            "session_idle_timeout_ms",
            ValueType.millis(1_000, 604_800_000),
            "1800000",
            "without a request, one that is still being received included, and without a stream; then "
                    + "it is ended at its server too, with DELETE");

    static final Key<Duration> SESSION_MAX_AGE_MS = new Key<>(
            EDGE,
            "session_max_age_ms",
            ValueType.millis(1_000, MAX_AGE),
            null,
            "after which a session gets no more requests: they are answered 404, reason `session_age`. When its "
                    + "requests in flight have ended, so does the session, as after its idle timeout, and its "
                    + "streams are closed; none: no maximum");

    static final Key<Duration> HEADER_TIMEOUT_MS = new Key<>(
            EDGE,
            "header_timeout_ms",
            ValueType.millis(100, 3_600_000),
            "10000",
            "until a request's head must be whole");

    static final Key<Duration> BODY_TIMEOUT_MS = new Key<>(
            EDGE,
            "body_timeout_ms",
            ValueType.millis(100, 3_600_000),
            "30000",
            "until a request must be whole, counted from its first byte; then 408");

    static final Key<Duration> IDLE_TIMEOUT_MS = new Key<>(
            EDGE,
            "idle_timeout_ms",
            ValueType.millis(1_000, 604_800_000),
            "120000",
            "of a connection without a request");

    static final Key<Duration> CONNECTION_MAX_AGE_MS = new Key<>(
            EDGE,
            "connection_max_age_ms",
            ValueType.millis(1_000, MAX_AGE),
            null,
            "after which a client connection is closed when nothing is pending on it: over HTTP behind a "
                    + "response with `Connection: close`, over TCP behind the last answer, new requests being "
                    + "refused with reason `connection_age`. Its streams are closed at that age; none: no maximum");

    static final Key<Duration> WRITE_STALL_TIMEOUT_MS = new Key<>(
            EDGE,
            "write_stall_timeout_ms",
            ValueType.millis(500, 3_600_000),
            "30000",
            "after which a client that reads nothing is disconnected");

    static final Key<Integer> MAX_HEADER_BYTES = new Key<>(
            EDGE,
            "max_header_bytes",
            ValueType.intBytes(1_024, 1_048_576),
            "16384",
            "of a request's head, and of its trailer; beyond it 431");

    static final Key<Integer> MAX_HEADERS = new Key<>(
            EDGE,
            "max_headers",
            ValueType.integer(16, 10_000),
            "100",
            "header and trailer fields of a request; beyond it 431");

    static final Key<Long> MAX_BUFFERED_HEAD_BYTES = new Key<>(
            EDGE,
            "max_buffered_head_bytes",
            ValueType.bytes(1, 1_099_511_627_776L),
            "67108864",
            "all heads that take more than a usual 4 KiB, and requests sent behind an unanswered one on "
                    + "the same connection; half of it for heads that are not whole yet. Beyond it 503. With TLS, "
                    + "clients' records that are not whole may take as much again: see \"TLS\"");

    static final Key<Integer> MAX_BODY_BYTES =
            new Key<>(EDGE, "max_body_bytes", ValueType.intBytes(1, 1_073_741_824), "1048576", "the body of a request");

    static final Key<Long> MAX_BUFFERED_BODY_BYTES = new Key<>(
            EDGE,
            "max_buffered_body_bytes",
            ValueType.bytes(1, 1_099_511_627_776L),
            "67108864",
            "all bodies being received at once; bodies of more than 64 KiB may take seven eighths of it, or "
                    + "room for one body of `max_body_bytes` if that is more");

    static final Key<Long> MAX_BUFFERED_ANSWER_BYTES = new Key<>(
            EDGE,
            "max_buffered_answer_bytes",
            ValueType.bytes(1, 1_099_511_627_776L),
            "268435456",
            "what is kept for all slow clients at once: `max_outbound_bytes` and 128 KiB for each whose "
                    + "write queue is full. Beyond it, the next client that does not keep up is disconnected");

    static final Key<Integer> MAX_OUTBOUND_BYTES = new Key<>(
            EDGE,
            "max_outbound_bytes",
            ValueType.intBytes(1_024, 1_073_741_824),
            "65536",
            "answers waiting for one slow client, before its upstream is paused");

    static final Key<Integer> SCAN_OFF_LOOP_BYTES = new Key<>(
            EDGE,
            "scan_off_loop_bytes",
            ValueType.intBytes(1_024, 1_073_741_824),
            "65536",
            "bodies from this size on are scanned on a worker thread");

    static final Key<Duration> SHUTDOWN_TIMEOUT_MS = new Key<>(
            EDGE,
            "shutdown_timeout_ms",
            ValueType.millis(0, 3_600_000),
            "30000",
            "how long requests that are queued or in flight have to end at a shutdown; what is left then is answered "
                    + "with an error. After that, children have twice their `stop_timeout_ms`");

    static final Key<Boolean> NOTIFY_BACKPRESSURE = new Key<>(
            EDGE,
            "notify_backpressure",
            ValueType.bool(),
            "false",
            "clients over TCP, and the client of `weir stdio`, get a notification `notifications/backpressure` when what "
                    + "they have pending reaches `backpressure.queue_depth_threshold_percent` of their connection's "
                    + "limits, and when it has fallen well below again. See docs/clients.md");

    static final Key<Path> LOG_FILE = new Key<>(
            DECISION_LOG,
            "file",
            ValueTypes.PATH,
            null,
            "the newest part; when it is full it becomes FILE.1, that FILE.2, and so on. A relative "
                    + "path is relative to the configuration file");

    static final Key<Long> LOG_MAX_BYTES = new Key<>(
            DECISION_LOG,
            "max_bytes",
            ValueType.bytes(4_096, 1L << 40),
            "67108864",
            "of one part; lines that wait to be written are added to a part that is full, at most 8 MiB");

    static final Key<Integer> LOG_FILES = new Key<>(
            DECISION_LOG,
            "files",
            ValueType.integer(1, 1_000),
            "8",
            "parts that are kept. Each begins with all that a replay needs of those before it");

    static final Key<Integer> LOG_BUFFER_LINES = new Key<>(
            DECISION_LOG, "buffer_lines", ValueType.integer(16, 1 << 24), "65536", "lines that may wait to be written");

    static final Key<Path> ACCESS_LOG_FILE = new Key<>(
            ACCESS_LOG,
            "file",
            ValueTypes.PATH,
            null,
            "the newest part; when it is full it becomes FILE.1, that FILE.2, and so on. A relative "
                    + "path is relative to the configuration file. Without it nothing is written");

    static final Key<Long> ACCESS_LOG_MAX_BYTES =
            new Key<>(ACCESS_LOG, "max_bytes", ValueType.bytes(4_096, 1L << 40), "67108864", "of one part");

    static final Key<Integer> ACCESS_LOG_FILES =
            new Key<>(ACCESS_LOG, "files", ValueType.integer(1, 1_000), "8", "parts that are kept");

    static final Key<Integer> ACCESS_LOG_BUFFER_LINES = new Key<>(
            ACCESS_LOG,
            "buffer_lines",
            ValueType.integer(16, 1 << 20),
            "8192",
            "lines that may wait to be written, 8 MiB of them at most; others are lost, and counted");

    static final Key<Integer> METRICS_MAX_TENANTS = new Key<>(
            METRICS,
            "max_tenants",
            ValueType.integer(0, 1_000),
            "100",
            "tenants that have series of their own: those that came first. All others together are `other`");

    static final Key<Integer> METRICS_TOP_CONNECTIONS = new Key<>(
            METRICS,
            "top_connections",
            ValueType.integer(0, 100),
            "5",
            "connections with the most pending messages that have a series each, by rank");

    static final Key<URI> OTLP_URL = new Key<>(
            METRICS,
            "otlp_url",
            ValueTypes.url(),
            null,
            "where metrics are pushed to, with OTLP over HTTP: such as `http://127.0.0.1:4318/v1/metrics`. Without it "
                    + "nowhere; `/metrics` is there all the same");

    static final Key<Duration> OTLP_INTERVAL = new Key<>(
            METRICS, "otlp_interval_ms", ValueType.millis(1_000, 3_600_000), "60000", "how often metrics are pushed");

    static final Key<Map<String, String>> OTLP_HEADERS = new Key<>(
            METRICS,
            "otlp_headers",
            ValueTypes.HEADERS,
            "",
            "headers of each push, such as `Authorization=Bearer ${TOKEN}`, with commas between them. Environment "
                    + "variables are replaced in a file; `file:PATH` stands for the content of a file");

    static final Key<URI> TRACING_URL = new Key<>(
            TRACING,
            "otlp_url",
            ValueTypes.url(),
            null,
            "where spans are sent to, with OTLP over HTTP: such as `http://127.0.0.1:4318/v1/traces`. Without it "
                    + "nothing is traced, and `traceparent` passes as it came");

    static final Key<BigDecimal> TRACING_RATIO = new Key<>(
            TRACING,
            "sample_ratio",
            ValueType.decimal("0", "1"),
            "1",
            "which part of the requests without a `traceparent` is traced; those with one are traced if it says sampled");

    static final Key<Map<String, String>> TRACING_HEADERS = new Key<>(
            TRACING,
            "otlp_headers",
            ValueTypes.HEADERS,
            "",
            "headers of what is sent to the receiver, as those of `metrics.otlp_headers`");

    static final Key<URI> URL = new Key<>(
            UPSTREAMS,
            "url",
            ValueTypes.url(),
            null,
            "`http` or `https`, or `tcp` or `tls` with host and port for a server that reads and writes a message a line; "
                    + "a name with nothing but a URL is short for this key. An upstream has either this or `command`");

    static final Key<String> COMMAND = new Key<>(
            UPSTREAMS,
            "command",
            ValueTypes.program(),
            null,
            "the program of a server that speaks stdio, in place of `url`: the gateway starts it, without a "
                    + "shell. A name without a slash is looked for in the `PATH` of the gateway; a relative path "
                    + "is relative to `cwd`");

    static final Key<List<String>> ARGS = new Key<>(
            UPSTREAMS,
            "args",
            ValueTypes.ARGUMENTS,
            "",
            "its arguments, each as it is: `[-y, \"a, b\"]` are two. Only with `command`");

    static final Key<Path> CWD = new Key<>(
            UPSTREAMS,
            "cwd",
            ValueTypes.DIRECTORY,
            null,
            "where it is started, relative to the configuration file; without it, where the gateway was. "
                    + "Only with `command`");

    static final Key<Duration> CONNECT_TIMEOUT = new Key<>(
            UPSTREAMS, "connect_timeout_ms", ValueType.millis(1, 600_000), "5000", "until a connection must stand");

    static final Key<Duration> REQUEST_TIMEOUT = new Key<>(
            UPSTREAMS,
            "request_timeout_ms",
            ValueType.millis(1, 86_400_000),
            "300000",
            "until an answer must have ended");

    static final Key<Integer> MAX_UPSTREAM_CONNECTIONS = new Key<>(
            UPSTREAMS,
            "max_connections",
            ValueType.integer(1, 65_535),
            "1024",
            "connections for calls, exactly, idle ones included. No more messages than this are in "
                    + "flight, even if `capacity` is larger (a note at the start says so). Each is used "
                    + "for one tenant alone; at the limit, the one that is idle longest is closed for another "
                    + "tenant. Streams and control messages have connections of their own: see below. To a `tcp` or "
                    + "`tls` server: connections in all, one for each session");

    static final Key<Duration> KEEP_ALIVE = new Key<>(
            UPSTREAMS,
            "keep_alive_ms",
            ValueType.millis(1, HOUR),
            "4000",
            "how long a connection to it may be idle and still be used; keep it shorter than the "
                    + "server's own keep-alive time. A time that the server sends (`Keep-Alive: timeout=5`) or "
                    + "was seen to close after counts if it is shorter");

    static final Key<ForwardedHeaders> FORWARDED_HEADERS = new Key<>(
            UPSTREAMS,
            "forwarded_headers",
            ValueTypes.forwardedHeaders(),
            "for",
            "which headers about a request's client it gets: `for`: `X-Forwarded-For` with the address; `all`: also "
                    + "`X-Forwarded-Proto` and `X-Forwarded-Host` with the scheme and host of the URL that the client "
                    + "uses; `none`: none of these, for a server that should not learn the addresses of clients");

    static final Key<Path> TLS_CA = new Key<>(
            UPSTREAMS,
            "tls_ca",
            ValueTypes.PATH,
            null,
            "a PEM file of the CAs that an `https` or `tls` server's certificate may be of; without it those of the "
                    + "JDK's trust store. The certificate must be valid and for the server's name: nothing turns "
                    + "that off");

    static final Key<Path> TLS_CERTIFICATE = new Key<>(
            UPSTREAMS,
            "tls_certificate",
            ValueTypes.PATH,
            null,
            "a PEM file of the gateway's own certificate and the chain behind it, for a server that requires one");

    static final Key<Path> TLS_KEY =
            new Key<>(UPSTREAMS, "tls_key", ValueTypes.PATH, null, "a PEM file of its private key, not encrypted");

    static final Key<String> TLS_SERVER_NAME = new Key<>(
            UPSTREAMS,
            "tls_server_name",
            ValueTypes.hostName(),
            null,
            "the name that the server is asked for (SNI) and that its certificate must be for, in place of "
                    + "the host in `url`");

    /** {@code upstreams.NAME.capacity}. */
    public static final Key<Capacity> CAPACITY = new Key<>(
            UPSTREAMS,
            "capacity",
            ValueTypes.capacity(),
            "adaptive",
            "how many messages it may have in flight; `adaptive` is found by measuring, at most 1000. "
                    + "What is beyond it waits in the gateway");

    static final Key<Duration> TTL = new Key<>(
                    UPSTREAMS,
                    "ttl_ms",
                    ValueType.millis(1, HOUR),
                    "30000",
                    "the most that a message may wait; then it is refused (`expired`) and never reaches the "
                            + "server. Less is admitted while the queue never runs empty: see \"How long a message really "
                            + "waits\"")
            .live();

    /** {@code upstreams.NAME.priority}. */
    public static final Key<Priority> PRIORITY = new Key<>(
                    UPSTREAMS,
                    "priority",
                    ValueTypes.priority(),
                    null,
                    "for all its messages; without it, it follows from the method: see below")
            .live();

    static final Key<Duration> ABANDONED_HOLD = new Key<>(
            UPSTREAMS,
            "abandoned_hold_ms",
            ValueType.millis(1, HOUR),
            "30000",
            "how long a call that its client gave up keeps its slot, counted from when the server got "
                    + "it, while it is not known how long such calls take; once known, they keep it for that "
                    + "long. An answer frees it at once");

    static final Key<Boolean> CIRCUIT_ENABLED =
            new Key<>(CIRCUIT, "enabled", ValueType.bool(), "true", "whether there is a circuit breaker");

    static final Key<Duration> CIRCUIT_QUEUE_DELAY = new Key<>(
            CIRCUIT,
            "queue_delay_ms",
            ValueType.millis(1, HOUR),
            "200",
            "by how much calls may be older than eight times the longest of their kind while nothing is " + "answered");

    static final Key<Integer> CIRCUIT_ERRORS = new Key<>(
            CIRCUIT,
            "error_percent",
            ValueType.integer(1, 100),
            "1",
            "how many of a hundred calls may fail; 100: any number");

    static final Key<Duration> CIRCUIT_OPEN = new Key<>(
            CIRCUIT,
            "open_ms",
            ValueType.millis(1, HOUR),
            "60000",
            "for how long nothing is sent at most: the pause begins with a second and doubles each time "
                    + "the server fails again");

    static final Key<Duration> CIRCUIT_HALF_OPEN = new Key<>(
            CIRCUIT,
            "half_open_ms",
            ValueType.millis(1, HOUR),
            "30000",
            "for how long the server must then do well, at growing load, until the circuit is closed");

    static final Key<Boolean> CHILDREN_SHARED = new Key<>(
            CHILDREN,
            "mode",
            ValueTypes.mode(),
            "per_session",
            "`per_session`: each session has a child of its own, and requests without a session share one; "
                    + "`shared`: one child serves all sessions");

    static final Key<Integer> CHILDREN_MAX = new Key<>(
            CHILDREN,
            "max",
            ValueType.integer(1, MAX_CHILDREN),
            "20",
            "children, those that are starting or stopping included");

    static final Key<Integer> CHILDREN_MAX_PER_TENANT = new Key<>(
            CHILDREN,
            "max_per_tenant",
            ValueType.integer(1, MAX_CHILDREN),
            null,
            "children that serve sessions of one tenant; without it, `max`");

    static final Key<Integer> CHILDREN_MAX_PER_ADDRESS = new Key<>(
            CHILDREN,
            "max_per_address",
            ValueType.integer(1, MAX_CHILDREN),
            null,
            "children of the sessions that one client address opened, whatever their tenants; without it, `max`");

    static final Key<Integer> CHILDREN_STARTS_PER_SEC = new Key<>(
            CHILDREN, "starts_per_sec", ValueType.integer(1, 1_000), "10", "children that may be started in a second");

    static final Key<Duration> CHILDREN_START_TIMEOUT = new Key<>(
            CHILDREN,
            "start_timeout_ms",
            ValueType.millis(1, HOUR),
            "30000",
            "until a child must have answered `initialize`, counted from its start; a session waits for a "
                    + "child as long, and a child that seems to hang may take as long to answer a `ping`");

    static final Key<Duration> CHILDREN_IDLE_TIMEOUT = new Key<>(
            CHILDREN,
            "idle_timeout_ms",
            ValueType.millis(1, WEEK),
            "600000",
            "of a child that serves no session and gets no request; then it is stopped. A child that serves a "
                    + "session lives as long as the session (`edge.session_idle_timeout_ms`)");

    static final Key<Duration> CHILDREN_MAX_AGE = new Key<>(
            CHILDREN,
            "max_age_ms",
            ValueType.millis(1, WEEK),
            "86400000",
            "how long a child lives; then it gets no more requests, and is stopped when it has answered");

    static final Key<Duration> CHILDREN_STOP_TIMEOUT = new Key<>(
            CHILDREN,
            "stop_timeout_ms",
            ValueType.millis(1, HOUR),
            "2000",
            "how long a child may take to exit after its input was closed, and again after SIGTERM; then it is "
                    + "killed");

    static final Key<Long> CHILDREN_MAX_MEMORY = new Key<>(
            CHILDREN,
            "max_memory",
            ValueType.bytes(0, 1L << 40),
            "0",
            "private memory of each process of a child, in bytes; 0 for no ceiling");

    static final Key<Integer> CHILDREN_MAX_LINE_BYTES = new Key<>(
            CHILDREN,
            "max_line_bytes",
            ValueType.intBytes(1_024, 1_073_741_824),
            "4194304",
            "the longest line, which is one message, that a child may write");

    static final Key<Boolean> CONNECTIONS_SHARED = new Key<>(
            CONNECTIONS,
            "mode",
            ValueTypes.mode(),
            "per_session",
            "`per_session`: each session has a connection of its own, and requests without a session share one of "
                    + "their tenant; `shared`: one connection serves all sessions");

    static final Key<Integer> CONNECTIONS_MAX_PER_TENANT = new Key<>(
            CONNECTIONS,
            "max_per_tenant",
            ValueType.integer(1, 65_535),
            null,
            "connections that serve sessions of one tenant; without it, `max_connections`");

    static final Key<Integer> CONNECTIONS_MAX_PER_ADDRESS = new Key<>(
            CONNECTIONS,
            "max_per_address",
            ValueType.integer(1, 65_535),
            null,
            "connections of the sessions that one client address opened, whatever their tenants; without it, "
                    + "`max_connections`");

    static final Key<Duration> CONNECTIONS_START_TIMEOUT = new Key<>(
            CONNECTIONS,
            "start_timeout_ms",
            ValueType.millis(1, HOUR),
            "30000",
            "until the server must have answered `initialize`; a session waits as long for a free connection, a "
                    + "server may as long read nothing of what it is sent, and take as long to answer a `ping` when it seems "
                    + "to hang");

    static final Key<Duration> CONNECTIONS_IDLE_TIMEOUT = new Key<>(
            CONNECTIONS,
            "idle_timeout_ms",
            ValueType.millis(1, WEEK),
            "600000",
            "of a connection that serves no session and gets no request; then it is closed. One that serves a "
                    + "session lives as long as the session (`edge.session_idle_timeout_ms`)");

    static final Key<Integer> CONNECTIONS_MAX_LINE_BYTES = new Key<>(
            CONNECTIONS,
            "max_line_bytes",
            ValueType.intBytes(1_024, 1_073_741_824),
            "4194304",
            "the longest line, which is one message, that the server may write");

    static final Key<Capacity> OWN_CAPACITY =
            new Key<>(OPERATION, "capacity", ValueTypes.capacity(), null, "a queue of its own with this capacity");

    static final Key<Duration> OWN_TTL =
            new Key<>(OPERATION, "ttl_ms", ValueType.millis(1, HOUR), null, "the most that a message may wait").live();

    static final Key<Priority> OWN_PRIORITY =
            new Key<>(OPERATION, "priority", ValueTypes.priority(), null, "of its messages").live();

    static final Key<Integer> OWN_WEIGHT = new Key<>(
                    OPERATION,
                    "weight",
                    ValueType.integer(1, 100),
                    "1",
                    "how large a share of the capacity they are due")
            .live();

    /** The sections of a configuration, {@link #UPSTREAMS} not among them. */
    static final List<String> SECTIONS = List.of(
            HTTP,
            TCP,
            ADMIN,
            REFUSAL,
            TENANTS,
            EDGE,
            ConfigKey.QUEUE_LIMITS,
            ConfigKey.BACKPRESSURE,
            DECISION_LOG,
            ACCESS_LOG,
            METRICS,
            TRACING);

    private static final List<Key<?>> ALL = all();

    private Keys() {}

    private static List<Key<?>> all() {
        Stream<Key<?>> core = Arrays.stream(ConfigKey.values()).map(each -> core(each));
        Stream<Key<?>> own = Stream.of(
                HTTP_LISTEN,
                HTTP_ALLOWED_ORIGINS,
                HTTP_ALLOWED_HOSTS,
                HTTP_PUBLIC_URL,
                HTTP_TRUSTED_PROXIES,
                HTTP_PROXY_PROTOCOL,
                HTTP_TLS_CERTIFICATE,
                HTTP_TLS_KEY,
                HTTP_TLS_CLIENT_CA,
                HTTP_ALLOW_PLAINTEXT,
                TCP_LISTEN,
                TCP_UPSTREAM,
                TCP_PROXY_PROTOCOL,
                TCP_REUSE_PORT,
                TCP_MAX_ANSWER_BYTES,
                TCP_TLS_CERTIFICATE,
                TCP_TLS_KEY,
                TCP_TLS_CLIENT_CA,
                TCP_ALLOW_PLAINTEXT,
                ADMIN_LISTEN,
                ADMIN_ALLOWED_HOSTS,
                ADMIN_TOKEN_FILE,
                ADMIN_TLS_CERTIFICATE,
                ADMIN_TLS_KEY,
                ADMIN_TLS_CLIENT_CA,
                ADMIN_ALLOW_PLAINTEXT,
                HTTP_STATUS,
                CODE,
                API_KEYS_FILE,
                TENANT_HEADER,
                JWKS_FILE,
                JWKS_URL,
                JWT_ISSUER,
                JWT_AUDIENCE,
                JWT_ALGORITHMS,
                JWT_CLAIM,
                JWT_LEEWAY,
                JWT_SCOPES,
                JWT_SERVERS,
                CERTIFICATE,
                PROXY_HEADER,
                FORWARD_CREDENTIALS,
                MAX_CONNECTIONS,
                MAX_CONNECTIONS_PER_ADDRESS,
                MAX_CONNECTIONS_PER_TENANT,
                MAX_SESSIONS,
                MAX_SESSIONS_PER_TENANT,
                MAX_SESSIONS_PER_ADDRESS,
                MAX_SESSIONS_PER_CONNECTION,
                MAX_INITIALIZE_PER_SEC_PER_ADDRESS,
                IPV6_PREFIX_LENGTH,
                MAX_STREAMS,
                MAX_STREAMS_PER_SESSION,
                MAX_STREAMS_PER_TENANT,
                MAX_STREAMS_PER_ADDRESS,
                STREAM_MAX_AGE_MS,
                SESSION_IDLE_TIMEOUT_MS,
                SESSION_MAX_AGE_MS,
                HEADER_TIMEOUT_MS,
                BODY_TIMEOUT_MS,
                IDLE_TIMEOUT_MS,
                CONNECTION_MAX_AGE_MS,
                WRITE_STALL_TIMEOUT_MS,
                MAX_HEADER_BYTES,
                MAX_HEADERS,
                MAX_BUFFERED_HEAD_BYTES,
                MAX_BODY_BYTES,
                MAX_BUFFERED_BODY_BYTES,
                MAX_BUFFERED_ANSWER_BYTES,
                MAX_OUTBOUND_BYTES,
                SCAN_OFF_LOOP_BYTES,
                SHUTDOWN_TIMEOUT_MS,
                NOTIFY_BACKPRESSURE,
                LOG_FILE,
                LOG_MAX_BYTES,
                LOG_FILES,
                LOG_BUFFER_LINES,
                ACCESS_LOG_FILE,
                ACCESS_LOG_MAX_BYTES,
                ACCESS_LOG_FILES,
                ACCESS_LOG_BUFFER_LINES,
                METRICS_MAX_TENANTS,
                METRICS_TOP_CONNECTIONS,
                OTLP_URL,
                OTLP_INTERVAL,
                OTLP_HEADERS,
                TRACING_URL,
                TRACING_RATIO,
                TRACING_HEADERS,
                URL,
                COMMAND,
                ARGS,
                CWD,
                CONNECT_TIMEOUT,
                REQUEST_TIMEOUT,
                MAX_UPSTREAM_CONNECTIONS,
                KEEP_ALIVE,
                FORWARDED_HEADERS,
                TLS_CA,
                TLS_CERTIFICATE,
                TLS_KEY,
                TLS_SERVER_NAME,
                CAPACITY,
                TTL,
                PRIORITY,
                ABANDONED_HOLD,
                CIRCUIT_ENABLED,
                CIRCUIT_QUEUE_DELAY,
                CIRCUIT_ERRORS,
                CIRCUIT_OPEN,
                CIRCUIT_HALF_OPEN,
                CHILDREN_SHARED,
                CHILDREN_MAX,
                CHILDREN_MAX_PER_TENANT,
                CHILDREN_MAX_PER_ADDRESS,
                CHILDREN_STARTS_PER_SEC,
                CHILDREN_START_TIMEOUT,
                CHILDREN_IDLE_TIMEOUT,
                CHILDREN_MAX_AGE,
                CHILDREN_STOP_TIMEOUT,
                CHILDREN_MAX_MEMORY,
                CHILDREN_MAX_LINE_BYTES,
                CONNECTIONS_SHARED,
                CONNECTIONS_MAX_PER_TENANT,
                CONNECTIONS_MAX_PER_ADDRESS,
                CONNECTIONS_START_TIMEOUT,
                CONNECTIONS_IDLE_TIMEOUT,
                CONNECTIONS_MAX_LINE_BYTES,
                OWN_CAPACITY,
                OWN_TTL,
                OWN_PRIORITY,
                OWN_WEIGHT);
        Stream<Key<?>> ofTenants = Arrays.stream(TenantKey.values()).map(each -> tenant(each));
        return Stream.of(core, own, ofTenants).flatMap(each -> each).toList();
    }

    private static Key<?> tenant(TenantKey key) {
        return new Key<>(TENANT, key.key(), key.type(), null, true, key.documentation());
    }

    /** Whether that is the path of a limit of one tenant: {@code tenants.acme.max_messages}. The name may hold dots. */
    public static boolean isTenantLimit(String path) {
        return tenantOf(path).isPresent()
                && TenantKey.find(path.substring(path.lastIndexOf('.') + 1)).isPresent();
    }

    /** The paths of the limits that single tenants have of their own, with their values. */
    public static Map<String, String> tenantLimits(WeirConfig config) {
        Map<String, String> values = new LinkedHashMap<>();
        config.tenants().forEach((tenant, limits) -> {
            for (TenantKey key : TenantKey.values()) {
                key.get(limits).ifPresent(value -> values.put(TENANTS + "." + tenant + "." + key.key(), value));
            }
        });
        return values;
    }

    /** The tenant that a path names, whatever stands behind it; empty if it is no path below the name of a tenant. */
    static Optional<String> tenantOf(String path) {
        int last = path.lastIndexOf('.');
        int from = TENANTS.length() + 1;
        return path.startsWith(TENANTS + ".") && last > from
                ? Optional.of(path.substring(from, last))
                : Optional.empty();
    }

    private static Key<?> core(ConfigKey key) {
        return new Key<>(key.section(), key.key(), key.type(), null, true, key.documentation());
    }

    /** The keys of a section, in the order of the reference page. */
    public static List<Key<?>> of(String section) {
        return ALL.stream().filter(key -> key.section().equals(section)).toList();
    }

    /** The names of the keys of a section. */
    static List<String> names(String section) {
        return of(section).stream().<String>map(Key::name).toList();
    }

    /** The keys of an upstream that are for one transport alone. */
    private static final Map<String, Set<String>> TRANSPORTS = Map.of(
            "url",
                    Set.of(
                            "url",
                            "headers",
                            CONNECTIONS,
                            "connect_timeout_ms",
                            "max_connections",
                            "keep_alive_ms",
                            "forwarded_headers",
                            "tls_ca",
                            "tls_certificate",
                            "tls_key",
                            "tls_server_name"),
            "command", Set.of("command", "args", "env", "cwd", CHILDREN));

    /**
     * The key that names the server of an upstream which that key is for: {@code url} or {@code command}; empty if it
     * is for both.
     */
    static Optional<String> transportOf(String key) {
        return TRANSPORTS.entrySet().stream()
                .filter(each -> each.getValue().contains(key))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** The names of all keys of an upstream, those that hold others among them. */
    static List<String> ofUpstream() {
        return Stream.of(names(UPSTREAMS), NESTED, MAPS, OPERATIONS)
                .flatMap(List::stream)
                .toList();
    }

    /** The names of all keys of an upstream, and of all that are below one of them. */
    static List<String> allOfUpstream() {
        return Stream.of(ofUpstream(), names(CIRCUIT), names(CHILDREN), names(CONNECTIONS), names(OPERATION))
                .flatMap(List::stream)
                .toList();
    }

    /** Whether the value of a key may be a secret: it is not told, and may be named by {@code file:PATH}. */
    static boolean isSecret(Key<?> key) {
        return key.type() == ValueTypes.HEADERS;
    }

    /** The key of that name in that section. */
    static Optional<Key<?>> find(String section, String name) {
        return of(section).stream().filter(key -> key.name().equals(name)).findFirst();
    }

    /** The section that has a key of that name, for one that stands elsewhere; null if there is none. */
    static @Nullable String sectionOf(String name) {
        return SECTIONS.stream()
                .filter(section -> names(section).contains(name))
                .findFirst()
                .orElse(null);
    }
}
