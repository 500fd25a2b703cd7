package io.weir.gateway.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Instant;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** How a client of the JDK speaks TLS: whom it trusts, and the certificate that it has itself, from PEM files. */
public final class ClientTls {
    private static final char[] NO_PASSWORD = new char[0];

    private ClientTls() {}

    /**
     * A PEM file that an option names.
     *
     * @param option its name, for problems
     * @param path where the file is
     */
    public record NamedFile(String option, Path path) {}

    /**
     * A context of these files. Reads them: not for event loops.
     *
     * @param ca the CAs that are trusted, and no others; null for those that the JDK trusts
     * @param certificate the client's own, with its chain; null for none
     * @param key of that certificate; null exactly if there is none
     * @throws TlsException if a file cannot be used
     */
    public static SSLContext context(@Nullable NamedFile ca, @Nullable NamedFile certificate, @Nullable NamedFile key)
            throws TlsException {
        PemFile trusted = ca == null ? null : read(ca);
        Identity own =
                certificate == null || key == null ? null : Identity.of(read(certificate), read(key), Instant.now());
        KeyManager[] keys = own == null ? null : made(own.file(), () -> keyManagers(own));
        TrustManager[] trust = trusted == null ? null : made(trusted, () -> trustManagers(trusted));
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys, trust, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new TlsException("TLS cannot be used: " + e.getMessage());
        }
    }

    private interface Maker<T> {
        T make() throws IOException, GeneralSecurityException, TlsException;
    }

    private static <T> T made(PemFile of, Maker<T> maker) throws TlsException {
        try {
            return maker.make();
        } catch (IOException | GeneralSecurityException e) {
            throw of.problem("cannot be used for TLS: " + e.getMessage());
        }
    }

    private static PemFile read(NamedFile file) throws TlsException {
        return PemFile.read(file.option(), file.path());
    }

    private static KeyStore store() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        return store;
    }

    private static KeyManager[] keyManagers(Identity own) throws IOException, GeneralSecurityException {
        KeyStore store = store();
        store.setKeyEntry("own", own.key(), NO_PASSWORD, own.chain().toArray(new X509Certificate[0]));
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, NO_PASSWORD);
        return factory.getKeyManagers();
    }

    private static TrustManager[] trustManagers(PemFile trusted)
            throws IOException, GeneralSecurityException, TlsException {
        KeyStore store = store();
        for (X509Certificate each : trusted.certificates()) {
            store.setCertificateEntry("ca" + store.size(), each);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }
}
