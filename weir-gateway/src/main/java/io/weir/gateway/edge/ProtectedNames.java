package io.weir.gateway.edge;

import io.vertx.core.MultiMap;
import io.weir.config.GatewayConfig;
import io.weir.config.HttpTransport;
import io.weir.gateway.http.HeaderNames;
import java.util.Collection;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * The names of headers that the gateway sets or judges by. Servers that hand headers on as CGI variables take {@code _}
 * and {@code -} for the same character, so a name that differs from one of these in that alone could speak in its
 * place. Immutable.
 */
public final class ProtectedNames {
    private static final String FORWARDED = "x-forwarded-";

    private final Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    private final Set<String> folded = new HashSet<>();
    private final boolean underscored;

    ProtectedNames(GatewayConfig config) {
        names.addAll(HeaderNames.RELIED_ON);
        names.add("X-Real-IP");
        config.tenantHeader().ifPresent(names::add);
        config.identity().proxyHeader().ifPresent(names::add);
        config.upstreams().forEach(upstream -> {
            if (upstream.transport() instanceof HttpTransport http) {
                names.addAll(http.headers().keySet());
            }
        });
        names.forEach(name -> folded.add(fold(name)));
        underscored = names.stream().anyMatch(name -> name.indexOf('_') >= 0);
    }

    private static String fold(String name) {
        return name.replace('_', '-').toLowerCase(Locale.ROOT);
    }

    /** Removes the headers whose names are like a protected one, and are not that. */
    void dropAlike(MultiMap headers) {
        Collection<String> alike = null;
        for (var header : headers) {
            if (isAlike(header.getKey())) {
                alike = alike == null ? new HashSet<>() : alike;
                alike.add(header.getKey());
            }
        }
        if (alike != null) {
            alike.forEach(headers::remove);
        }
    }

    private boolean isAlike(String name) {
        boolean hasUnderscore = name.indexOf('_') >= 0;
        if ((!hasUnderscore && !underscored) || names.contains(name)) {
            return false;
        }
        String plain = fold(name);
        return folded.contains(plain) || (hasUnderscore && plain.startsWith(FORWARDED));
    }
}
