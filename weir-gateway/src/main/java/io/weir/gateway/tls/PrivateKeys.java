package io.weir.gateway.tls;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/*
 * The JDK reads PKCS#8 (RFC 5958). The two older forms are what PKCS#8 holds inside: RSAPrivateKey (RFC 8017, appendix
 * A.1.2) and ECPrivateKey (RFC 5915); around them go a version and the name of the algorithm, for EC with the curve.
 */

/** Reads private keys in PEM: PKCS#8, PKCS#1 (RSA) and SEC 1 (EC). Problems never hold what was read. */
final class PrivateKeys {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ((?:[A-Z0-9]+ )*PRIVATE KEY)-----(.*?)-----END \\1-----", Pattern.DOTALL);
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA", "RSASSA-PSS");

    private static final int INTEGER = 0x02;
    private static final int OCTET_STRING = 0x04;
    private static final int SEQUENCE = 0x30;
    private static final int PARAMETERS = 0xa0;
    private static final byte[] VERSION_0 = {INTEGER, 1, 0};
    /** rsaEncryption, 1.2.840.113549.1.1.1, and its NULL parameters. */
    private static final byte[] RSA = {6, 9, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 1, 1, 1, 5, 0};
    /** ecPublicKey, 1.2.840.10045.2.1. */
    private static final byte[] EC = {6, 7, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 2, 1};

    private PrivateKeys() {}

    /** The first key of a text. @throws TlsException if there is none that can be read */
    static PrivateKey read(String pem) throws TlsException {
        Matcher block = BLOCK.matcher(pem);
        if (!block.find()) {
            throw new TlsException("has no private key in PEM (\"-----BEGIN PRIVATE KEY-----\")");
        }
        String kind = block.group(1);
        String body = block.group(2);
        if (kind.startsWith("ENCRYPTED") || body.contains("ENCRYPTED")) {
            throw new TlsException("the key is encrypted, and the gateway asks for no passphrase: write it without one"
                    + " (openssl pkey -in FILE -out NEW), readable for the gateway's user alone");
        }
        try {
            byte[] der = Base64.getMimeDecoder().decode(body);
            return switch (kind) {
                case "PRIVATE KEY" -> pkcs8(der);
                case "RSA PRIVATE KEY" -> pkcs8(wrap(RSA, der));
                case "EC PRIVATE KEY" -> pkcs8(wrap(join(EC, curve(der)), der));
                default ->
                    throw new TlsException("keys of the kind " + kind + " cannot be read; write it as PKCS#8"
                            + " (openssl pkey -in FILE -out NEW)");
            };
        } catch (IllegalArgumentException | IndexOutOfBoundsException | GeneralSecurityException e) {
            throw new TlsException(
                    "the private key cannot be read: it is damaged, or of a kind other than RSA, EC and" + " EdDSA");
        }
    }

    private static PrivateKey pkcs8(byte[] der) throws GeneralSecurityException {
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
            } catch (InvalidKeySpecException e) {
                // It is of another algorithm.
            }
        }
        throw new InvalidKeySpecException();
    }

    private static byte[] wrap(byte[] algorithm, byte[] key) {
        return element(SEQUENCE, join(join(VERSION_0, element(SEQUENCE, algorithm)), element(OCTET_STRING, key)));
    }

    /** The name of the curve, as an element, that stands in the parameters of a key. */
    private static byte[] curve(byte[] ecPrivateKey) {
        ByteBuffer in = content(ByteBuffer.wrap(ecPrivateKey), SEQUENCE);
        content(in, INTEGER);
        content(in, OCTET_STRING);
        ByteBuffer parameters = content(in, PARAMETERS);
        byte[] curve = new byte[parameters.remaining()];
        parameters.get(curve);
        return curve;
    }

    /** The content of the element that comes next. @throws IllegalArgumentException if that is another one */
    private static ByteBuffer content(ByteBuffer in, int tag) {
        if (in.remaining() < 2 || (in.get() & 0xff) != tag) {
            throw new IllegalArgumentException();
        }
        int length = in.get() & 0xff;
        if (length > 0x80) {
            int bytes = length & 0x7f;
            length = 0;
            for (int i = 0; i < bytes; i++) {
                length = length << 8 | (in.get(in.position()) & 0xff);
                in.position(in.position() + 1);
            }
        }
        ByteBuffer content = in.slice(in.position(), length);
        in.position(in.position() + length);
        return content;
    }

    private static byte[] element(int tag, byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        // The shortest form, as DER wants it.
        if (content.length >= 0x100) {
            out.write(0x82);
            out.write(content.length >> 8);
        } else if (content.length >= 0x80) {
            out.write(0x81);
        }
        out.write(content.length);
        out.writeBytes(content);
        return out.toByteArray();
    }

    private static byte[] join(byte[] first, byte[] second) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(first);
        out.writeBytes(second);
        return out.toByteArray();
    }
}
