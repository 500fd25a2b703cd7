package io.weir.gateway.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A PEM file that a key of the configuration names, as it was when it was read.
 *
 * @param key of the configuration, for problems
 * @param path of the file
 * @param text in it
 */
record PemFile(String key, Path path, String text) {
    private static final int MAX_BYTES = 4 << 20;
    private static final String CERTIFICATE = "-----BEGIN CERTIFICATE-----";
    private static final Pattern CERTIFICATES =
            Pattern.compile(CERTIFICATE + ".*?(-----END CERTIFICATE-----|\\z)", Pattern.DOTALL);

    /** Reads a file. @throws TlsException if it cannot be read */
    static PemFile read(String key, Path path) throws TlsException {
        try {
            if (Files.isDirectory(path)) {
                throw problem(key, path, "is a directory; name a PEM file");
            }
            if (Files.exists(path) && !Files.isRegularFile(path)) {
                // A device or a pipe may have no end.
                throw problem(key, path, "is no regular file; name a PEM file");
            }
            if (Files.size(path) > MAX_BYTES) {
                throw problem(key, path, "is larger than " + MAX_BYTES + " bytes; name a PEM file");
            }
            return new PemFile(key, path, Files.readString(path, StandardCharsets.ISO_8859_1));
        } catch (NoSuchFileException e) {
            throw problem(key, path, "there is no such file");
        } catch (AccessDeniedException e) {
            throw problem(key, path, "this user may not read it; the gateway's user needs read permission");
        } catch (IOException e) {
            throw problem(key, path, "cannot be read: " + e.getMessage());
        }
    }

    private static TlsException problem(String key, Path path, String what) {
        return new TlsException(key + ": " + absolute(path) + ": " + what);
    }

    private static Path absolute(Path path) {
        return path.toAbsolutePath().normalize();
    }

    /** The whole path of the file, for people. */
    Path location() {
        return absolute(path);
    }

    TlsException problem(String what) {
        return problem(key, path, what);
    }

    /**
     * The certificates in the order of the file, at least one.
     *
     * @throws TlsException if there is none, or one cannot be read
     */
    List<X509Certificate> certificates() throws TlsException {
        if (!text.contains(CERTIFICATE)) {
            throw problem("has no certificate in PEM (\"" + CERTIFICATE + "\")");
        }
        try {
            return CertificateFactory.getInstance("X.509")
                    .generateCertificates(
                            new ByteArrayInputStream(certificatesAlone().getBytes(StandardCharsets.ISO_8859_1)))
                    .stream()
                    .map(X509Certificate.class::cast)
                    .toList();
        } catch (CertificateException e) {
            throw problem("has a certificate that cannot be read: it is damaged, or not of X.509");
        }
    }

    /** Without what else is in the file, such as the key. */
    private String certificatesAlone() {
        return CERTIFICATES.matcher(text).results().map(MatchResult::group).collect(Collectors.joining("\n"));
    }

    /** The private key. @throws TlsException if there is none that can be read */
    PrivateKey privateKey() throws TlsException {
        try {
            return PrivateKeys.read(text);
        } catch (TlsException e) {
            throw problem(String.valueOf(e.getMessage()));
        }
    }
}
