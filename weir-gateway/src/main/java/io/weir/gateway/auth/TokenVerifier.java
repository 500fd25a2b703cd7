package io.weir.gateway.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.weir.config.JwtConfig;
import io.weir.config.TenantName;
import java.text.ParseException;
import java.util.Arrays;
import java.util.Collection;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/*
 * The order is that of trust: nothing of the claims is read before the signature is verified, and a signature is
 * verified with the kind of key alone that its algorithm needs, so that a public key is never taken for the secret of
 * an HMAC. Keys that a token brings along or points to (jwk, jku, x5c, x5u) are not looked at.
 */

/** Verifies tokens. Thread-safe; takes up to a millisecond: not for event loops. */
final class TokenVerifier {
    /** Longer ones are not looked at, in characters. */
    static final int MAX_LENGTH = 8 * 1024;

    private static final Set<JOSEObjectType> TYPES = Set.of(JOSEObjectType.JWT, new JOSEObjectType("at+jwt"));
    private static final String MALFORMED = "the token is no signed JSON Web Token";

    private final JwtConfig config;
    private final Set<String> algorithms;
    private final Set<String> audiences;

    TokenVerifier(JwtConfig config) {
        this.config = config;
        this.algorithms = Set.copyOf(config.algorithms());
        this.audiences = Set.copyOf(config.audiences());
    }

    /**
     * What can be said of a text without any key: that it is no token, whatever else it may be; null if it may be one.
     * For event loops.
     */
    static @Nullable TokenVerdict misshapen(String text) {
        if (text.length() > MAX_LENGTH) {
            return TokenVerdict.invalid("the token is longer than " + MAX_LENGTH + " characters");
        }
        if (text.startsWith(ApiKeys.PREFIX)) {
            return TokenVerdict.invalid("this API key is not valid");
        }
        boolean hasThreeParts = text.chars().filter(each -> each == '.').count() == 2;
        return hasThreeParts ? null : TokenVerdict.invalid(MALFORMED);
    }

    /** What a token is that is not misshapen; null if it names a key that is not among these. */
    @Nullable
    TokenVerdict verify(String token, PublicKeys keys, long nowMillis) {
        try {
            return verify(SignedJWT.parse(token), keys, nowMillis);
        } catch (ParseException | RuntimeException e) {
            return TokenVerdict.invalid(MALFORMED);
        }
    }

    private @Nullable TokenVerdict verify(SignedJWT token, PublicKeys keys, long nowMillis) {
        JWSHeader header = token.getHeader();
        if (!algorithms.contains(header.getAlgorithm().getName())) {
            return TokenVerdict.invalid("the token is signed with an algorithm that is not accepted");
        }
        boolean critical = header.getCriticalParams() != null
                && !header.getCriticalParams().isEmpty();
        if (critical || !header.isBase64URLEncodePayload()) {
            return TokenVerdict.invalid("the token needs an extension that is not known");
        }
        if (header.getType() != null && !TYPES.contains(header.getType())) {
            return TokenVerdict.invalid("the token is of a type that is no access token");
        }
        List<JWK> candidates = keys.of(header);
        if (candidates.isEmpty()) {
            return null;
        }
        if (candidates.stream().noneMatch(key -> isSignedWith(token, key))) {
            return TokenVerdict.invalid("the signature of the token is not valid");
        }
        Map<String, Object> payload = token.getPayload().toJSONObject();
        if (payload == null) {
            return TokenVerdict.invalidOfIssuer(MALFORMED);
        }
        try {
            return judge(JWTClaimsSet.parse(payload), payload.get(config.claim()), nowMillis);
        } catch (ParseException | RuntimeException e) {
            return TokenVerdict.invalidOfIssuer(MALFORMED);
        }
    }

    private static boolean isSignedWith(SignedJWT token, JWK key) {
        try {
            JWSVerifier verifier = key instanceof RSAKey rsa
                    ? new RSASSAVerifier(rsa)
                    : key instanceof ECKey ec ? new ECDSAVerifier(ec) : null;
            return verifier != null
                    && verifier.supportedJWSAlgorithms()
                            .contains(token.getHeader().getAlgorithm())
                    && token.verify(verifier);
        } catch (JOSEException | RuntimeException e) {
            return false;
        }
    }

    /**
     * @param named the value of the claim that names the tenant, as it stands there: the set of claims makes a text of
     *     a number
     */
    private TokenVerdict judge(JWTClaimsSet claims, @Nullable Object named, long nowMillis) {
        long leeway = config.leeway().toMillis();
        Date expires = claims.getExpirationTime();
        if (!config.issuer().equals(claims.getIssuer())) {
            return TokenVerdict.invalidOfIssuer("the token is of another issuer");
        }
        if (claims.getAudience().stream().noneMatch(audiences::contains)) {
            return TokenVerdict.invalidOfIssuer("the token is for another audience");
        }
        if (expires == null) {
            return TokenVerdict.invalidOfIssuer("the token does not say when it expires");
        }
        long end = expires.toInstant().toEpochMilli();
        if (nowMillis - leeway >= end) {
            return TokenVerdict.invalidOfIssuer("the token has expired");
        }
        if (isLater(claims.getNotBeforeTime(), nowMillis + leeway)
                || isLater(claims.getIssueTime(), nowMillis + leeway)) {
            return TokenVerdict.invalidOfIssuer("the token is not valid yet");
        }
        if (!(named instanceof String tenant) || !TenantName.isValid(tenant)) {
            return TokenVerdict.invalidOfIssuer("the token has no claim that names a tenant");
        }
        if (!scopes(claims).containsAll(config.scopes())) {
            return TokenVerdict.insufficient();
        }
        return TokenVerdict.accepted(tenant, end + leeway);
    }

    private static boolean isLater(@Nullable Date date, long millis) {
        return date != null && date.toInstant().toEpochMilli() > millis;
    }

    /** A text with blanks between them (RFC 8693), or a list, as some issuers write it. */
    private static Set<String> scopes(JWTClaimsSet claims) {
        Set<String> scopes = new HashSet<>();
        for (String name : new String[] {"scope", "scp"}) {
            Object value = claims.getClaim(name);
            if (value instanceof String text) {
                scopes.addAll(Arrays.asList(text.split(" ", -1)));
            } else if (value instanceof Collection<?> list) {
                list.forEach(each -> scopes.add(String.valueOf(each)));
            }
        }
        return scopes;
    }
}
