package io.weir.gateway.tls;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/** A certificate authority for tests: it writes X.509 (RFC 5280) by hand, which the JDK does not. */
public final class TestCa {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);
    private static final byte[] ECDSA_WITH_SHA256 = {0x30, 10, 6, 8, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 4, 3, 2
    };
    private static final byte[] IS_CA = {
        0x30, 15, 6, 3, 0x55, 0x1d, 0x13, 1, 1, (byte) 0xff, 4, 5, 0x30, 3, 1, 1, (byte) 0xff
    };
    private static final byte[] SUBJECT_ALT_NAME = {6, 3, 0x55, 0x1d, 0x11};

    private final KeyPair keys = keys();
    private final X500Principal name;
    private final X509Certificate certificate;

    /** A certificate and its key. */
    public record Issued(X509Certificate certificate, PrivateKey key) {
        /** Writes both as PEM, with other bytes first; returns the file of the certificate. */
        public Path write(Path folder, String name) throws Exception {
            Files.writeString(key(folder, name), pem("PRIVATE KEY", key.getEncoded()));
            return Files.writeString(folder.resolve(name + ".pem"), pem("CERTIFICATE", certificate.getEncoded()));
        }

        /** For a server with this certificate, which trusts clients of that CA. */
        public SSLContext context(TestCa clients) throws Exception {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(null);
            keys.setKeyEntry("own", key, new char[0], new X509Certificate[] {certificate});
            KeyManagerFactory own = KeyManagerFactory.getInstance("PKIX");
            own.init(keys, new char[0]);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(own.getKeyManagers(), clients.trust(), null);
            return context;
        }

        /** Where {@link #write} puts the key. */
        public static Path key(Path folder, String name) {
            return folder.resolve(name + ".key");
        }
    }

    public TestCa(String commonName) throws Exception {
        name = new X500Principal("CN=" + commonName);
        Instant now = Instant.now();
        certificate = make(name, keys, now.minus(Duration.ofDays(30)), now.plus(Duration.ofDays(365)), IS_CA);
    }

    /** Its own certificate as PEM. */
    public Path write(Path folder, String file) throws Exception {
        return Files.writeString(folder.resolve(file + ".pem"), pem("CERTIFICATE", certificate.getEncoded()));
    }

    public X509Certificate certificate() {
        return certificate;
    }

    /**
     * For a client that trusts this CA, and shows that certificate whatever CAs the server names; without one if it is
     * null.
     */
    public SSLContext client(@Nullable Issued own) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own == null ? null : new KeyManager[] {new OwnKey(own)}, trust(), null);
        return context;
    }

    private TrustManager[] trust() throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null);
        trusted.setCertificateEntry("ca", certificate);
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        return trust.getTrustManagers();
    }

    private static final class OwnKey extends X509ExtendedKeyManager {
        private final Issued own;

        OwnKey(Issued own) {
            this.own = own;
        }

        @Override
        public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
            return "own";
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return new X509Certificate[] {own.certificate()};
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return own.key();
        }

        @Override
        public String[] getClientAliases(String type, Principal[] issuers) {
            return new String[] {"own"};
        }

        @Override
        public String[] getServerAliases(String type, Principal[] issuers) {
            return new String[0];
        }

        @Override
        public @Nullable String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
            return null;
        }
    }

    /** Issues a certificate for those names and addresses, valid for a year. */
    public Issued issue(String... names) throws Exception {
        Instant now = Instant.now();
        return issue(now.minus(Duration.ofDays(1)), now.plus(Duration.ofDays(365)), names);
    }

    /** Issues a certificate for those names and addresses. */
    public Issued issue(Instant from, Instant to, String... names) throws Exception {
        KeyPair own = keys();
        byte[] all = {};
        for (String each : names) {
            boolean address = each.matches("[0-9.]+");
            byte[] bytes = address ? address(each) : each.getBytes(StandardCharsets.US_ASCII);
            all = join(all, element(address ? 0x87 : 0x82, bytes));
        }
        byte[] extension = element(0x30, join(SUBJECT_ALT_NAME, element(4, element(0x30, all))));
        return new Issued(make(new X500Principal("CN=" + names[0]), own, from, to, extension), own.getPrivate());
    }

    private static byte[] address(String text) {
        byte[] bytes = new byte[4];
        String[] parts = text.split("\\.", -1);
        for (int i = 0; i < 4; i++) {
            bytes[i] = (byte) Integer.parseInt(parts[i]);
        }
        return bytes;
    }

    private X509Certificate make(X500Principal subject, KeyPair own, Instant from, Instant to, byte[] extension)
            throws Exception {
        byte[] version = element(0xa0, element(2, new byte[] {2}));
        byte[] serial = element(2, new BigInteger(62, new SecureRandom()).toByteArray());
        byte[] validity = element(0x30, join(time(from), time(to)));
        byte[] signed = element(
                0x30,
                join(
                        version,
                        serial,
                        ECDSA_WITH_SHA256,
                        name.getEncoded(),
                        validity,
                        subject.getEncoded(),
                        own.getPublic().getEncoded(),
                        element(0xa3, element(0x30, extension))));
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(keys.getPrivate());
        signature.update(signed);
        byte[] bits = element(3, join(new byte[] {0}, signature.sign()));
        byte[] whole = element(0x30, join(signed, ECDSA_WITH_SHA256, bits));
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(whole));
    }

    private static byte[] time(Instant time) {
        return element(0x18, TIME.format(time).getBytes(StandardCharsets.US_ASCII));
    }

    private static KeyPair keys() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    static String pem(String kind, byte[] bytes) {
        return "-----BEGIN " + kind + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes) + "\n-----END " + kind
                + "-----\n";
    }

    static byte[] element(int tag, byte[] content) {
        int length = content.length;
        byte[] head = length < 0x80
                ? new byte[] {(byte) tag, (byte) length}
                : length < 0x100
                        ? new byte[] {(byte) tag, (byte) 0x81, (byte) length}
                        : new byte[] {(byte) tag, (byte) 0x82, (byte) (length >> 8), (byte) length};
        return join(head, content);
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            for (byte[] part : parts) {
                out.write(part);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return out.toByteArray();
    }
}
