package io.weir.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Which JSON Web Tokens are accepted as bearer tokens, and what of them is the tenant. Immutable.
 *
 * @param jwksFile a file of the keys that tokens are signed with; empty if there is a URL
 * @param jwksUrl where these keys are fetched; empty if there is a file
 * @param issuer what {@code iss} must be
 * @param audiences one of which {@code aud} must hold
 * @param algorithms that a token may be signed with, by their names in JOSE; each is one with a public key
 * @param claim whose value is the tenant
 * @param leeway by how much clocks may differ: for {@code exp}, {@code nbf} and {@code iat}
 * @param scopes all of which a token must have; may be empty
 * @param authorizationServers that clients are told to get a token from, at least one
 */
public record JwtConfig(
        Optional<Path> jwksFile,
        Optional<URI> jwksUrl,
        String issuer,
        List<String> audiences,
        List<String> algorithms,
        String claim,
        Duration leeway,
        List<String> scopes,
        List<String> authorizationServers) {
    /** A copy that is guaranteed not to change. */
    public JwtConfig {
        audiences = List.copyOf(audiences);
        algorithms = List.copyOf(algorithms);
        scopes = List.copyOf(scopes);
        authorizationServers = List.copyOf(authorizationServers);
    }
}
