package io.weir.config;

import java.util.Optional;

/**
 * What proves a client's tenant beside API keys. Immutable.
 *
 * @param jwt which tokens are accepted, if any are
 * @param certificate whether the common name of an HTTP client's certificate is its tenant
 * @param proxyHeader the header in which a trusted proxy says the tenant, if one does
 * @param forwardCredentials whether servers get the keys and tokens that were meant for the gateway
 */
public record IdentityConfig(
        Optional<JwtConfig> jwt, boolean certificate, Optional<String> proxyHeader, boolean forwardCredentials) {
    /** Nothing does. */
    public static final IdentityConfig NONE = new IdentityConfig(Optional.empty(), false, Optional.empty(), false);
}
