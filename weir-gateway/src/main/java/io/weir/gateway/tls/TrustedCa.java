package io.weir.gateway.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** What clients of the JDK trust servers by whose CA is in a PEM file. */
public final class TrustedCa {
    private TrustedCa() {}

    /**
     * A context that trusts the CAs in a file, and no others. Reads it: not for event loops.
     *
     * @param name of the option that names the file, for problems
     * @throws TlsException if the file cannot be used
     */
    public static SSLContext context(String name, Path file) throws TlsException {
        PemFile pem = PemFile.read(name, file);
        try {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            for (X509Certificate each : pem.certificates()) {
                trusted.setCertificateEntry("ca" + trusted.size(), each);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw pem.problem("cannot be used for TLS: " + e.getMessage());
        }
    }
}
