package io.weir.gateway.http;

import io.vertx.core.MultiMap;
import io.weir.gateway.auth.ApiKeys;
import io.weir.gateway.mcp.McpHeaders;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Origin;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds the tenant that a request's credentials prove, and keeps the gateway's own key from going on. */
final class Credentials {
    private static final String AUTHORIZATION = "Authorization";
    private static final String BEARER = "Bearer ";

    private Credentials() {}

    /**
     * The tenant; nothing where keys are asked for and no valid one is there, or keys of two tenants are. A key of this gateway is in
     * {@code X-API-Key} or is the bearer token of {@code Authorization}. The header that held it is removed; the other one may hold
     * credentials for the upstream, and stays.
     */
    static Optional<String> tenant(Optional<ApiKeys> keys, MultiMap headers) {
        if (keys.isEmpty()) {
            return Optional.of(Client.DEFAULT_TENANT);
        }
        Optional<String> byApiKey = tenant(keys.get(), headers.get(Headers.API_KEY));
        Optional<String> byBearer = tenant(keys.get(), bearer(headers.get(AUTHORIZATION)));
        if (byApiKey.isPresent() && byBearer.isPresent() && !byApiKey.equals(byBearer)) {
            return Optional.empty();
        }
        byApiKey.ifPresent(tenant -> headers.remove(Headers.API_KEY));
        byBearer.ifPresent(tenant -> headers.remove(AUTHORIZATION));
        return byApiKey.isPresent() ? byApiKey : byBearer;
    }

    private static Optional<String> tenant(ApiKeys keys, @Nullable String key) {
        return key == null ? Optional.empty() : keys.tenantOf(key);
    }

    private static @Nullable String bearer(@Nullable String authorization) {
        return authorization != null && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
                ? authorization.substring(BEARER.length()).strip()
                : null;
    }

    /**
     * What tells clients without a session apart that share an address: what they prove, what they say they are, and whom an untrusted
     * proxy says it speaks for. Two may still be alike.
     */
    static String caller(MultiMap headers, Origin origin) {
        return headers.get("Authorization")
                + '\n'
                + headers.get(Headers.API_KEY)
                + '\n'
                + headers.get("User-Agent")
                + '\n'
                + headers.get("Cookie")
                + '\n'
                + headers.get(McpHeaders.SESSION_ID)
                + '\n'
                + origin.claim();
    }
}
