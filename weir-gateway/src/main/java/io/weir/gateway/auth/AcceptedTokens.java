package io.weir.gateway.auth;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/*
 * Two generations: what is asked for moves into the younger one, and when that is full, the older one goes. So a
 * look-up takes no lock, the number is bounded, and what is used stays. Threads that replace the generations at the
 * same time may drop some: they are verified again.
 */

/** Tokens that were accepted, by their hashes: a bounded number of those that were used last. Thread-safe. */
final class AcceptedTokens {
    /** How many each of the two generations holds. */
    static final int MAX = 4_096;

    private record Hash(long a, long b, long c, long d) {
        static Hash of(String token) {
            try {
                ByteBuffer digest = ByteBuffer.wrap(
                        MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
                return new Hash(digest.getLong(), digest.getLong(), digest.getLong(), digest.getLong());
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java platform has SHA-256", e);
            }
        }
    }

    private record Accepted(TokenVerdict verdict, PublicKeys keys) {
        boolean holds(PublicKeys now, long nowMillis) {
            return keys.equals(now) && nowMillis < verdict.validUntilMillis();
        }
    }

    private record Generations(ConcurrentMap<Hash, Accepted> young, ConcurrentMap<Hash, Accepted> old) {}

    private volatile Generations generations = new Generations(new ConcurrentHashMap<>(), new ConcurrentHashMap<>());

    /**
     * What a token was found to prove; null if that is not known, or holds no more.
     *
     * @param keys that are accepted now: with others, all has to be verified again
     */
    @Nullable
    TokenVerdict find(String token, PublicKeys keys, long nowMillis) {
        Generations known = generations;
        Hash hash = Hash.of(token);
        Accepted found = known.young.get(hash);
        if (found == null) {
            found = known.old.get(hash);
            if (found != null && found.holds(keys, nowMillis)) {
                put(hash, found);
            }
        }
        return found != null && found.holds(keys, nowMillis) ? found.verdict : null;
    }

    /** Remembers a token that was accepted with those keys. */
    void add(String token, TokenVerdict verdict, PublicKeys keys) {
        put(Hash.of(token), new Accepted(verdict, keys));
    }

    private void put(Hash hash, Accepted accepted) {
        Generations known = generations;
        if (known.young.size() >= MAX) {
            known = new Generations(new ConcurrentHashMap<>(), known.young);
            generations = known;
        }
        known.young.put(hash, accepted);
    }

    /** How many are remembered. */
    int size() {
        Generations known = generations;
        return known.young.size() + known.old.size();
    }
}
