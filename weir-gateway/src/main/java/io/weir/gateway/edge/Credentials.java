package io.weir.gateway.edge;

import io.vertx.core.MultiMap;
import io.weir.gateway.auth.ApiKeys;
import io.weir.gateway.http.HeaderNames;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Origin;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds the tenant that a request's credentials prove, and keeps the gateway's own key from going on. */
final class Credentials {
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
        Optional<String> byApiKey = tenant(keys.get(), headers.get(HeaderNames.API_KEY));
        Optional<String> byBearer = tenant(keys.get(), bearer(headers.get(HeaderNames.AUTHORIZATION)));
        if (byApiKey.isPresent() && byBearer.isPresent() && !byApiKey.equals(byBearer)) {
            return Optional.empty();
        }
        byApiKey.ifPresent(tenant -> headers.remove(HeaderNames.API_KEY));
        byBearer.ifPresent(tenant -> headers.remove(HeaderNames.AUTHORIZATION));
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
     * What tells clients without a session apart: tenant and address, what they prove, what they say they are, and whom an untrusted
     * proxy says it speaks for. Two may still be alike.
     */
    static @Nullable String[] marks(String tenant, Origin origin, MultiMap headers) {
        return new @Nullable String[] {
            tenant,
            origin.address(),
            origin.claim(),
            headers.get(HeaderNames.AUTHORIZATION),
            headers.get(HeaderNames.API_KEY),
            headers.get(HeaderNames.USER_AGENT),
            headers.get(HeaderNames.COOKIE),
            headers.get(HeaderNames.SESSION_ID)
        };
    }

    /** A digest of those marks, since it is kept for as long as a request is pending. */
    static String caller(@Nullable String[] marks) {
        MessageDigest digest = sha256();
        for (String mark : marks) {
            add(digest, mark);
        }
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
