package io.weir.gateway.edge;

import io.vertx.core.MultiMap;
import io.weir.gateway.http.HeaderNames;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The URL by which a client reaches the gateway. */
final class PublicUrl {
    private static final CharSequence FORWARDED_HOST = HeaderNames.name("X-Forwarded-Host");
    private static final CharSequence FORWARDED_PROTO = HeaderNames.name("X-Forwarded-Proto");
    private static final CharSequence FORWARDED_PORT = HeaderNames.name("X-Forwarded-Port");
    private static final Pattern AUTHORITY =
            Pattern.compile("([A-Za-z0-9._-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}])(:[0-9]{1,5})?");

    private PublicUrl() {}

    /**
     * Its scheme and authority, and a path if one is configured; no slash at the end.
     *
     * @param headers of a request from which {@link ClientAddresses} has removed what no trusted proxy said
     * @return null if neither the configuration nor the request says it
     */
    static @Nullable String of(Optional<String> configured, MultiMap headers, boolean encrypted) {
        if (configured.isPresent()) {
            return configured.get();
        }
        String authority = authority(first(headers.get(FORWARDED_HOST)));
        if (authority == null) {
            authority = authority(headers.get(HeaderNames.HOST));
        }
        if (authority == null) {
            return null;
        }
        String proto = first(headers.get(FORWARDED_PROTO));
        boolean https = proto == null ? encrypted : proto.equalsIgnoreCase("https");
        return (https ? "https://" : "http://") + authority.toLowerCase(Locale.ROOT);
    }

    /**
     * Sets the headers that say to the server by which URL the client came, to scheme and host of that one.
     *
     * @param url as {@link #of} has found it, or null if it has found none: then there are no such headers
     */
    static void setForwarded(MultiMap headers, @Nullable String url) {
        // It belongs to the host that a proxy has named.
        headers.remove(FORWARDED_PORT);
        if (url == null) {
            headers.remove(FORWARDED_PROTO);
            headers.remove(FORWARDED_HOST);
            return;
        }
        int authority = url.indexOf("://") + 3;
        int path = url.indexOf('/', authority);
        headers.set(FORWARDED_PROTO, url.substring(0, authority - 3).toLowerCase(Locale.ROOT));
        headers.set(FORWARDED_HOST, path < 0 ? url.substring(authority) : url.substring(authority, path));
    }

    private static @Nullable String authority(@Nullable String text) {
        return text != null && AUTHORITY.matcher(text).matches() ? text : null;
    }

    /** Of several proxies in a row, the first is the one that the client has reached. */
    private static @Nullable String first(@Nullable String list) {
        if (list == null) {
            return null;
        }
        int comma = list.indexOf(',');
        return (comma < 0 ? list : list.substring(0, comma)).strip();
    }
}
