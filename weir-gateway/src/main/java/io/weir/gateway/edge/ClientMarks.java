package io.weir.gateway.edge;

import io.vertx.core.MultiMap;
import io.weir.gateway.http.HeaderNames;
import io.weir.gateway.session.Origin;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/** Tells clients without a session apart by what their requests say of them. */
final class ClientMarks {
    private ClientMarks() {}

    /**
     * What tells clients without a session apart: tenant and address, what they prove, what they say they are, and whom
     * an untrusted proxy says it speaks for. Two may still be alike.
     */
    static @Nullable String[] of(String tenant, Origin origin, MultiMap headers) {
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
