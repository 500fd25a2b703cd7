package io.weir.gateway.tls;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A certificate with its chain and its private key, checked.
 *
 * @param file of the certificate
 * @param chain the certificate, and behind it those that lead to its CA
 * @param key its private key
 */
record Identity(PemFile file, List<X509Certificate> chain, PrivateKey key) {
    /** How long before its end a certificate is warned of. */
    private static final Duration SOON = Duration.ofDays(14);

    private static final byte[] PROBE = new byte[32];

    /** The identity that two files make. @throws TlsException if they do not, or not now */
    static Identity of(PemFile certificate, PemFile key, Instant now) throws TlsException {
        List<X509Certificate> chain = certificate.certificates();
        PrivateKey secret = key.privateKey();
        for (X509Certificate each : chain) {
            requireValid(certificate, each, now);
        }
        if (!belong(secret, chain.get(0).getPublicKey())) {
            boolean other = chain.stream().anyMatch(each -> belong(secret, each.getPublicKey()));
            throw key.problem("this key does not belong to the certificate in " + certificate.location()
                    + (other
                            ? ": it belongs to a later one of that file; put that first"
                            : "; name the key that the certificate was made for"));
        }
        return new Identity(certificate, chain, secret);
    }

    /** How long its certificates are as a handshake sends them, in bytes. */
    int encodedSize() {
        try {
            int size = 0;
            for (X509Certificate each : chain) {
                size += each.getEncoded().length;
            }
            return size;
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void requireValid(PemFile file, X509Certificate certificate, Instant now) throws TlsException {
        if (now.isAfter(certificate.getNotAfter().toInstant())) {
            throw file.problem("the certificate of " + name(certificate) + " expired at "
                    + certificate.getNotAfter().toInstant() + "; renew it");
        }
        if (now.isBefore(certificate.getNotBefore().toInstant())) {
            throw file.problem("the certificate of " + name(certificate) + " is not valid before "
                    + certificate.getNotBefore().toInstant() + "; check the clock of this machine");
        }
    }

    private static boolean belong(PrivateKey key, PublicKey certified) {
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(PROBE);
            byte[] signed = signature.sign();
            signature.initVerify(certified);
            signature.update(PROBE);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** That it ends soon, if it does. */
    Optional<String> warning(Instant now) {
        Instant end = end();
        return end.isAfter(now.plus(SOON))
                ? Optional.empty()
                : Optional.of(file.key() + ": " + file.location() + ": the certificate of " + name(chain.get(0))
                        + (end.isAfter(now) ? " expires at " : " expired at ") + end + "; renew it");
    }

    /** When the first of its certificates expires. */
    private Instant end() {
        return chain.stream()
                .map(each -> each.getNotAfter().toInstant())
                .min(Instant::compareTo)
                .orElseThrow();
    }

    /** Whose it is, and until when. */
    String describe() {
        return name(chain.get(0)) + ", valid until " + end();
    }

    private static String name(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().getName();
    }
}
