package io.weir.config;

import java.net.URI;
import java.time.Duration;
import java.util.Map;

/**
 * A server that answers Streamable HTTP.
 *
 * @param url its endpoint, {@code http} or {@code https}
 * @param headers added to every request that goes there, such as an {@code Authorization}
 * @param forwarded which {@code X-Forwarded-*} headers go there
 * @param connectTimeout until a connection to it must stand
 * @param maxConnections connections for calls that the gateway opens to it at the most
 * @param keepAlive how long a connection to it may be idle and still be used; shorter than the server's own
 * @param tls how it is verified where the URL is {@code https}
 */
public record HttpTransport(
        URI url,
        Map<String, String> headers,
        ForwardedHeaders forwarded,
        Duration connectTimeout,
        int maxConnections,
        Duration keepAlive,
        UpstreamTls tls)
        implements UpstreamTransport {

    /**
     * Shorter than the keep-alive of common servers (Node: 5 s), so that a request does not meet a closing connection.
     */
    public static final Duration DEFAULT_KEEP_ALIVE = Duration.ofSeconds(4);

    /** Its host name or address, an IPv6 address without brackets. */
    public String host() {
        return HostPort.hostOf(url);
    }

    /** Its port, which a URL need not name. */
    public int port() {
        return url.getPort() >= 0 ? url.getPort() : isTls() ? 443 : 80;
    }

    /** Whether it is spoken to over TLS. */
    public boolean isTls() {
        return "https".equalsIgnoreCase(url.getScheme());
    }

    /** Scheme, host and port: the rest of the URL may hold a secret. */
    @Override
    public String describe() {
        return url.getScheme() + "://" + url.getRawAuthority();
    }
}
