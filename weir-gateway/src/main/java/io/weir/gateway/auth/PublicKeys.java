package io.weir.gateway.auth;

import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKMatcher;
import com.nimbusds.jose.jwk.JWKSelector;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The public keys of a JSON Web Key Set that signatures are verified with. An identity: each reading makes another.
 * Immutable.
 */
final class PublicKeys {
    private static final int MAX_KEYS = 100;
    private static final int MIN_RSA_BITS = 2048;
    private static final Set<Curve> CURVES = Set.of(Curve.P_256, Curve.P_384, Curve.P_521);

    /** How many keys a token that names none is tried with: each trial costs. */
    private static final int MAX_TRIALS = 8;

    private final JWKSet set;

    private PublicKeys(List<JWK> keys) {
        this.set = new JWKSet(keys);
    }

    /**
     * The keys of a set: of RSA with 2048 bits at least, and of the curves P-256, P-384 and P-521; others are left out.
     */
    static PublicKeys parse(String text) throws InvalidJwksException {
        List<JWK> keys = new ArrayList<>();
        try {
            for (JWK key : JWKSet.parse(text).getKeys()) {
                if (isUsable(key)) {
                    keys.add(key.toPublicJWK());
                }
            }
        } catch (ParseException | RuntimeException e) {
            throw new InvalidJwksException("is not a JSON Web Key Set");
        }
        if (keys.isEmpty()) {
            throw new InvalidJwksException("holds no public key that signatures are verified with: RSA with "
                    + MIN_RSA_BITS + " bits at least, or EC with P-256, P-384 or P-521");
        }
        if (keys.size() > MAX_KEYS) {
            throw new InvalidJwksException("holds more than " + MAX_KEYS + " keys");
        }
        return new PublicKeys(keys);
    }

    private static boolean isUsable(JWK key) {
        if (KeyUse.ENCRYPTION.equals(key.getKeyUse())) {
            return false;
        }
        return (key instanceof RSAKey rsa && rsa.size() >= MIN_RSA_BITS)
                || (key instanceof ECKey ec && CURVES.contains(ec.getCurve()));
    }

    /**
     * The keys that a signature with that header can be of: of the kind that its algorithm needs, and of the id that it
     * names.
     */
    List<JWK> of(JWSHeader header) {
        JWKMatcher matcher = JWKMatcher.forJWSHeader(header);
        if (matcher == null) {
            return List.of();
        }
        List<JWK> found = new JWKSelector(matcher).select(set);
        return found.size() > MAX_TRIALS ? found.subList(0, MAX_TRIALS) : found;
    }

    int size() {
        return set.size();
    }

    boolean hasSame(PublicKeys other) {
        return set.equals(other.set);
    }
}
