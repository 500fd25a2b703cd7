package io.weir.gateway.tls;

import io.weir.gateway.auth.ApiKeys;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/** The tenant that a client's verified certificate names. */
public final class CertificateTenant {
    private CertificateTenant() {}

    /** The most specific common name of its subject; nothing if there is none, or it is no name of a tenant. */
    public static Optional<String> of(SSLSession session) {
        try {
            Certificate[] chain = session.getPeerCertificates();
            return chain.length > 0 && chain[0] instanceof X509Certificate certificate
                    ? commonName(certificate.getSubjectX500Principal().getName())
                    : Optional.empty();
        } catch (SSLPeerUnverifiedException e) {
            return Optional.empty();
        }
    }

    /**
     * @param subject a distinguished name (RFC 2253): its first part is the most specific, and the last of
     *     {@link LdapName#getRdns}
     */
    static Optional<String> commonName(String subject) {
        try {
            List<Rdn> parts = new LdapName(subject).getRdns();
            for (int i = parts.size() - 1; i >= 0; i--) {
                Rdn part = parts.get(i);
                if (part.getType().equalsIgnoreCase("CN")) {
                    String name = String.valueOf(part.getValue());
                    return ApiKeys.isTenant(name) ? Optional.of(name) : Optional.empty();
                }
            }
            return Optional.empty();
        } catch (InvalidNameException e) {
            return Optional.empty();
        }
    }
}
