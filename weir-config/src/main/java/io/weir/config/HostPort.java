package io.weir.config;

import java.net.InetAddress;
import java.net.URI;

/**
 * An address to listen on.
 *
 * @param host a name or an address, IPv6 without brackets
 * @param port 0 (any free one) to 65535
 */
public record HostPort(String host, int port) {
    /**
     * @throws IllegalArgumentException if the text is not {@code HOST:PORT}, {@code [IPV6]:PORT}, {@code :PORT} or
     *     {@code PORT}
     */
    public static HostPort parse(String text) {
        int colon = text.lastIndexOf(':');
        String host = text.substring(0, Math.max(0, colon));
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.contains(":")) {
            throw invalid(text);
        }
        int port;
        try {
            port = Integer.parseInt(text.substring(colon + 1));
        } catch (NumberFormatException e) {
            throw invalid(text);
        }
        if (port < 0 || port > 65535) {
            throw invalid(text);
        }
        return new HostPort(host.isEmpty() ? "127.0.0.1" : host, port);
    }

    /**
     * Whether both cannot be listened on: one port, on one host or where either host is all of them. A port of 0 never
     * overlaps.
     */
    boolean overlaps(HostPort other) {
        return port != 0
                && port == other.port
                && (host.equalsIgnoreCase(other.host) || isEveryAddress() || other.isEveryAddress());
    }

    /**
     * Whether a URL leads to this address, as far as the texts tell: no name is looked up but {@code localhost}. A port
     * of 0 is reached by none.
     */
    boolean isReachedBy(URI url) {
        boolean tls = "https".equalsIgnoreCase(url.getScheme());
        int to = url.getPort() < 0 ? (tls ? 443 : 80) : url.getPort();
        String name = hostOf(url);
        boolean local = isLoopback(name) && (isEveryAddress() || (isLoopback(host) && (isName(name) || isName(host))));
        return port != 0 && port == to && (local || host.equalsIgnoreCase(name));
    }

    /** The host of a URL, an IPv6 address without brackets. */
    static String hostOf(URI url) {
        return url.getHost().replaceAll("[\\[\\]]", "");
    }

    private static boolean isName(String host) {
        return host.equalsIgnoreCase("localhost");
    }

    private static boolean isLoopback(String host) {
        InetAddress address = AddressBlock.address(host);
        return isName(host) || (address != null && address.isLoopbackAddress());
    }

    /** Whether only this machine reaches it, as far as the text tells: no name is looked up but {@code localhost}. */
    boolean isLoopback() {
        return isLoopback(host);
    }

    private boolean isEveryAddress() {
        return host.equals("0.0.0.0") || host.equals("::");
    }

    private static IllegalArgumentException invalid(String text) {
        return new IllegalArgumentException(
                "'" + text + "' is not HOST:PORT or a port, such as 127.0.0.1:8080 or 8080");
    }

    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
