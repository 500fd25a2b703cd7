package io.weir.gateway.auth;

import java.util.concurrent.TimeUnit;

/**
 * What is known of a bearer token. Immutable.
 *
 * @param kind what became of it
 * @param tenant that it proves; empty unless it is {@link Kind#ACCEPTED}
 * @param validUntilMillis until when it proves that, in milliseconds since 1970
 * @param problem why it is not accepted, in ASCII for the client; holds nothing of the token
 * @param ours whether it was signed with one of the accepted keys, so that it was meant for this gateway, valid or not
 */
public record TokenVerdict(Kind kind, String tenant, long validUntilMillis, String problem, boolean ours) {
    private static final long MAX_MILLIS = TimeUnit.DAYS.toMillis(3650);

    /** Too many tokens wait to be verified. */
    static final TokenVerdict BUSY = unavailable("too many tokens are being verified");

    /** It could not be verified, for whatever reason. */
    static final TokenVerdict FAILED = unavailable("the token cannot be verified now");

    /** The keys could never be had. */
    static final TokenVerdict NO_KEYS = unavailable("the keys that tokens are signed with cannot be had");

    /** What can become of a token. */
    public enum Kind {
        /** It proves a tenant. */
        ACCEPTED,
        /** It proves nothing. */
        INVALID,
        /** It is valid, and lacks a scope. */
        INSUFFICIENT_SCOPE,
        /** It cannot be verified now. */
        UNAVAILABLE
    }

    /**
     * When a time of the wall clock will be, by {@link System#nanoTime}; at most ten years from now, as times of that
     * clock may not differ by more than half of its range.
     */
    public static long nanoTimeAt(long epochMillis) {
        long left = Math.max(0, epochMillis - System.currentTimeMillis());
        return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Math.min(left, MAX_MILLIS));
    }

    static TokenVerdict accepted(String tenant, long validUntilMillis) {
        return new TokenVerdict(Kind.ACCEPTED, tenant, validUntilMillis, "", true);
    }

    static TokenVerdict invalid(String problem) {
        return new TokenVerdict(Kind.INVALID, "", 0, problem, false);
    }

    /** A token that was signed with an accepted key, and proves nothing all the same. */
    static TokenVerdict invalidOfIssuer(String problem) {
        return new TokenVerdict(Kind.INVALID, "", 0, problem, true);
    }

    static TokenVerdict insufficient() {
        return new TokenVerdict(Kind.INSUFFICIENT_SCOPE, "", 0, "the token lacks a scope", true);
    }

    private static TokenVerdict unavailable(String problem) {
        return new TokenVerdict(Kind.UNAVAILABLE, "", 0, problem, false);
    }
}
