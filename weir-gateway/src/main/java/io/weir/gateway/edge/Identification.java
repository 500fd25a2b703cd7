package io.weir.gateway.edge;

import io.vertx.core.MultiMap;
import io.weir.config.GatewayConfig;
import io.weir.config.IdentityConfig;
import io.weir.config.TenantName;
import io.weir.gateway.auth.ApiKeys;
import io.weir.gateway.auth.TokenVerdict;
import io.weir.gateway.auth.Tokens;
import io.weir.gateway.http.HeaderNames;
import io.weir.gateway.session.AddressRate;
import io.weir.gateway.session.Client;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds the tenant of a request: what its API key, its token, its connection's certificate and the word of a trusted
 * proxy prove, which must all be the same. A header that held a credential of this gateway is removed, unless servers
 * are to get it; one that holds another's stays. Thread-safe.
 */
public final class Identification {
    private static final String BEARER = "Bearer ";
    private static final int BAD_REQUEST = 400;
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int UNAVAILABLE = 503;
    private static final String INVALID_TOKEN = "invalid_token";
    private static final long FOREVER = Long.MAX_VALUE;

    /** Why a client is refused, for the log. */
    public static final String NO_CREDENTIALS = "it sends no credentials";

    /** As {@link #NO_CREDENTIALS}. */
    public static final String UNKNOWN_KEY = "its API key is not known";

    /** As {@link #NO_CREDENTIALS}. */
    public static final String KEY_FOR_TOKEN = "it sends an API key, and tokens alone are accepted";

    /** As {@link #NO_CREDENTIALS}. */
    public static final String TOO_MANY_TOKENS = "too many new tokens from this address";

    /** As {@link #NO_CREDENTIALS}. */
    public static final String CERTIFICATE = "the common name of its certificate is no name of a tenant";

    /** Who proves nothing where nothing has to be proven. */
    static final Identity ANYBODY = Identity.of(Client.DEFAULT_TENANT, FOREVER);

    private final Optional<ApiKeys> keys;
    private final Optional<Tokens> tokens;
    private final IdentityConfig config;
    private final boolean required;
    private final AddressRate verifications;

    /** @param tokens which are accepted, if any are */
    Identification(GatewayConfig config, Optional<ApiKeys> keys, Optional<Tokens> tokens) {
        this.keys = keys;
        this.tokens = tokens;
        this.config = config.identity();
        this.required = config.requiresCredentials();
        this.verifications = new AddressRate(
                config.edge().maxInitializePerSecPerAddress(),
                config.edge().maxSessionsPerAddress(),
                config.edge().maxKnownClients());
    }

    /**
     * What a request proves without its token.
     *
     * @param tenants all that it proves to be
     * @param token that may prove one as well; null if there is none
     * @param presented whether it has a bearer token or a key at all
     * @param refused why it is not served whatever its token is; null if it may be
     */
    record Proof(
            Set<String> tenants,
            @Nullable String token,
            boolean presented,
            @Nullable Identity refused) {}

    /**
     * Whom a request is from, or why it is not served.
     *
     * @param tenant its tenant; empty if it is not served
     * @param validUntilMillis until when that is proven, in milliseconds since 1970
     * @param status of the answer; 0 if it is served
     * @param error of the challenge (RFC 6750, section 3.1); empty for none
     * @param reason why it is not served, for the log; holds nothing of the request
     * @param message for the client
     */
    record Identity(String tenant, long validUntilMillis, int status, String error, String reason, String message) {
        private static Identity of(String tenant, long validUntilMillis) {
            return new Identity(tenant, validUntilMillis, 0, "", "", "");
        }

        private static Identity refused(int status, String error, String reason) {
            return refused(status, error, reason, reason);
        }

        private static Identity refused(int status, String error, String reason, String message) {
            return new Identity("", 0, status, error, reason, message);
        }

        boolean isServed() {
            return status == 0;
        }
    }

    /** Whether one client may be of another tenant than the next. */
    boolean tellsTenantsApart() {
        return required || config.certificate() || config.proxyHeader().isPresent();
    }

    /** Whether clients have to prove who they are: one that proves nothing is refused. */
    public boolean isRequired() {
        return required;
    }

    /** The API keys that are accepted, if any are. */
    public Optional<ApiKeys> keys() {
        return keys;
    }

    /** The tokens that are accepted, if any are. */
    public Optional<Tokens> tokens() {
        return tokens;
    }

    /** Lets one more token of an address be verified, or says how long to wait, in nanoseconds; 0 if it may. */
    public long mayVerify(String address, long now) {
        return verifications.take(address, now);
    }

    /** Forgets the addresses that had no token verified for long enough. To be called now and then. */
    void forgetFull(long now) {
        verifications.forgetFull(now);
    }

    /** What a request proves; its headers are changed as the class says, but for a token. */
    Proof prove(MultiMap headers, ClientConnection connection) {
        Set<String> tenants = new TreeSet<>();
        boolean byProxy = false;
        if (config.proxyHeader().isPresent()) {
            String header = config.proxyHeader().get();
            List<String> said = headers.getAll(header);
            headers.remove(header);
            // Through a proxy that opens a connection for each client, the client itself has written all headers.
            if (connection.isSharedProxy() && !said.isEmpty()) {
                if (said.size() > 1 || !TenantName.isValid(said.get(0))) {
                    return refused(
                            BAD_REQUEST, header + " of the proxy must hold the name of one tenant: " + TenantName.RULE);
                }
                byProxy = true;
                tenants.add(said.get(0));
            }
        }
        if (config.certificate() && !byProxy) {
            String named = connection.certificateTenant();
            if (named == null) {
                return refused(Identity.refused(
                        FORBIDDEN,
                        "",
                        CERTIFICATE,
                        "the common name of the certificate is no name of a tenant: " + ApiKeys.TENANT_RULE));
            }
            tenants.add(named);
        }
        String key = headers.get(HeaderNames.API_KEY);
        String bearer = bearer(headers.get(HeaderNames.AUTHORIZATION));
        boolean bearerIsKey = false;
        if (keys.isPresent()) {
            addKey(keys.get(), key, HeaderNames.API_KEY, headers, tenants);
            bearerIsKey = addKey(keys.get(), bearer, HeaderNames.AUTHORIZATION, headers, tenants);
        }
        String token = tokens.isEmpty() || bearerIsKey ? null : bearer;
        return new Proof(tenants, token, key != null || bearer != null, null);
    }

    private static Proof refused(int status, String message) {
        return refused(Identity.refused(status, "", message));
    }

    private static Proof refused(Identity identity) {
        return new Proof(Set.of(), null, false, identity);
    }

    private boolean addKey(
            ApiKeys accepted, @Nullable String key, CharSequence header, MultiMap headers, Set<String> tenants) {
        Optional<String> tenant = key == null ? Optional.empty() : accepted.tenantOf(key);
        tenant.ifPresent(tenants::add);
        if (tenant.isPresent() && !config.forwardCredentials()) {
            headers.remove(header);
        }
        return tenant.isPresent();
    }

    private static @Nullable String bearer(@Nullable String authorization) {
        return authorization != null && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
                ? authorization.substring(BEARER.length()).strip()
                : null;
    }

    /**
     * Whom a request is from.
     *
     * @param verdict on its token; null if it has none
     */
    Identity judge(Proof proof, @Nullable TokenVerdict verdict, MultiMap headers) {
        if (proof.refused() != null) {
            return proof.refused();
        }
        long validUntil = FOREVER;
        if (verdict != null) {
            Identity refused = refusal(verdict, !proof.tenants().isEmpty());
            if (refused != null) {
                return refused;
            }
            if (verdict.kind() == TokenVerdict.Kind.ACCEPTED) {
                proof.tenants().add(verdict.tenant());
                validUntil = verdict.validUntilMillis();
                if (!config.forwardCredentials()) {
                    headers.remove(HeaderNames.AUTHORIZATION);
                }
            }
        }
        if (proof.tenants().size() > 1) {
            return unauthorized(proof.presented(), "its credentials are of different tenants");
        }
        if (!proof.tenants().isEmpty()) {
            return Identity.of(proof.tenants().iterator().next(), validUntil);
        }
        return required ? unauthorized(proof.presented(), null) : ANYBODY;
    }

    /**
     * Why a token has its request refused; null if it does not. What was not meant for this gateway may be for the
     * server.
     */
    private @Nullable Identity refusal(TokenVerdict verdict, boolean provenOtherwise) {
        return switch (verdict.kind()) {
            case ACCEPTED -> null;
            case INVALID ->
                verdict.ours() || !provenOtherwise
                        ? Identity.refused(UNAUTHORIZED, INVALID_TOKEN, verdict.problem())
                        : null;
            case INSUFFICIENT_SCOPE -> Identity.refused(FORBIDDEN, "insufficient_scope", verdict.problem());
            case UNAVAILABLE ->
                Identity.refused(UNAVAILABLE, "", verdict.problem(), verdict.problem() + "; retry in 1000 ms");
        };
    }

    private Identity unauthorized(boolean presented, @Nullable String problem) {
        String token = "a valid access token as Authorization: Bearer TOKEN";
        String key = "a valid API key as Authorization: Bearer KEY or X-API-Key: KEY";
        String what = tokens.isEmpty() ? key : keys.isEmpty() ? token : token + ", or " + key;
        String why = problem == null ? "" : problem + "; ";
        return Identity.refused(
                UNAUTHORIZED,
                presented && tokens.isPresent() ? INVALID_TOKEN : "",
                problem == null ? reason(presented) : problem,
                why + "send " + what);
    }

    private String reason(boolean presented) {
        if (!presented) {
            return NO_CREDENTIALS;
        }
        return keys.isPresent() ? UNKNOWN_KEY : KEY_FOR_TOKEN;
    }
}
