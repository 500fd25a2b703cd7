package io.weir.config;

import java.net.URI;
import java.time.Duration;

/**
 * A server that is connected to over TCP, and reads and writes one JSON-RPC message a line. Immutable.
 *
 * @param url {@code tcp} or {@code tls}, with host and port
 * @param connectTimeout until a connection to it must stand, and again until its TLS handshake must have ended
 * @param connections how many connections there may be, and for how long
 * @param tls how it is verified where the URL is {@code tls}
 */
public record TcpTransport(URI url, Duration connectTimeout, ChildPolicy connections, UpstreamTls tls)
        implements LineTransport {

    /** Whether a URL names such a server. */
    static boolean isFor(URI url) {
        return "tcp".equalsIgnoreCase(url.getScheme()) || "tls".equalsIgnoreCase(url.getScheme());
    }

    /** Whether it is spoken to over TLS. */
    public boolean isTls() {
        return "tls".equalsIgnoreCase(url.getScheme());
    }

    /** Its host name or address, an IPv6 address without brackets. */
    public String host() {
        return HostPort.hostOf(url);
    }

    @Override
    public ChildPolicy policy() {
        return connections;
    }

    @Override
    public String describePolicy() {
        return connections.describe("connection", "connections");
    }

    @Override
    public boolean isStarted() {
        return false;
    }

    @Override
    public String maxKey() {
        return Keys.MAX_UPSTREAM_CONNECTIONS.name();
    }

    @Override
    public String section() {
        return Keys.CONNECTIONS;
    }

    @Override
    public String describe() {
        return url.getScheme() + "://" + url.getRawAuthority();
    }
}
