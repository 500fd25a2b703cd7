package io.weir.gateway.ops;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Names for connections that say nothing of them: the key of a connection may hold the id of a session, which is a
 * credential. A connection has the same name until the gateway stops, even if it is forgotten meanwhile. Thread-safe.
 */
public final class ConnectionIds {
    private static final String ALGORITHM = "HmacSHA256";
    private static final int KEY_BYTES = 32;
    private static final int ID_BYTES = 8;

    private final Mac mac;

    /** Names that no other process gives. */
    public ConnectionIds() {
        byte[] key = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(key);
        try {
            mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }

    /** The name of a connection. */
    public synchronized String of(String tenant, String connection) {
        byte[] name = tenant.getBytes(StandardCharsets.UTF_8);
        // With the length ahead, no two pairs are one text.
        mac.update((name.length + ":").getBytes(StandardCharsets.US_ASCII));
        mac.update(name);
        byte[] code = mac.doFinal(connection.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(code, 0, ID_BYTES);
    }
}
