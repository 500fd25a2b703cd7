package io.weir.gateway.http;

import io.vertx.core.MultiMap;
import io.weir.gateway.auth.ApiKeys;
import io.weir.gateway.mcp.McpHeaders;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Origin;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
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
     * proxy says it speaks for. Two may still be alike. A digest, since it is kept for as long as a request is pending.
     */
    static String caller(MultiMap headers, Origin origin) {
        MessageDigest digest = sha256();
        add(digest, headers.get(AUTHORIZATION));
        add(digest, headers.get(Headers.API_KEY));
        add(digest, headers.get("User-Agent"));
        add(digest, headers.get("Cookie"));
        add(digest, headers.get(McpHeaders.SESSION_ID));
        add(digest, origin.claim());
        return new String(digest.digest(), StandardCharsets.ISO_8859_1);
    }

    private static void add(MessageDigest digest, @Nullable String text) {
        if (text != null) {
            digest.update(text.getBytes(StandardCharsets.UTF_8));
        }
        digest.update((byte) '\n');
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JRE has SHA-256", e);
        }
    }
}
