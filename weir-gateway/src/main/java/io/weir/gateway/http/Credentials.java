package io.weir.gateway.http;

import io.vertx.core.MultiMap;
import io.weir.gateway.auth.ApiKeys;
import io.weir.gateway.session.Client;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds the tenant that a request's credentials prove. */
final class Credentials {
    private static final String BEARER = "Bearer ";

    private Credentials() {}

    /** The tenant; nothing where keys are asked for and no valid one is there. */
    static Optional<String> tenant(Optional<ApiKeys> keys, MultiMap headers) {
        if (keys.isEmpty()) {
            return Optional.of(Client.DEFAULT_TENANT);
        }
        String presented = presented(headers);
        return presented == null ? Optional.empty() : keys.get().tenantOf(presented);
    }

    private static @Nullable String presented(MultiMap headers) {
        String authorization = headers.get("Authorization");
        if (authorization != null && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return authorization.substring(BEARER.length()).strip();
        }
        return headers.get(Headers.API_KEY);
    }
}
