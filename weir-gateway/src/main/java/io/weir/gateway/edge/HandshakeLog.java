package io.weir.gateway.edge;

import io.netty.handler.ssl.NotSslRecordException;
import io.weir.gateway.http.LineLimit;
import io.weir.gateway.http.LogText;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs TLS handshakes with clients that fail, with what to do about it: at most one line a cause in ten seconds. A
 * client that leaves without a word is only counted: port scans and health checks do. Thread-safe.
 */
public final class HandshakeLog {
    private static final Logger LOG = LoggerFactory.getLogger("weir.tls");
    private static final int MAX_CAUSES = 8;
    private static final int MAX_TEXT = 200;

    /**
     * What a client says that does not accept the certificate (RFC 8446, section 6.2), or what the JDK says of it:
     * OpenSSL sends this alert of TLS 1.3, two bytes, in plain text where the JDK expects it encrypted.
     */
    private static final Pattern REFUSED = Pattern.compile(
            "fatal alert: (.*certificate|unknown_ca)|Insufficient buffer remaining for AEAD cipher fragment \\(2\\)");

    private final String section;
    private final String howTo;

    private final Map<Cause, LineLimit> lines = new ConcurrentHashMap<>();

    /** Why a handshake failed, in words that follow the address of the client. */
    enum Cause {
        NOT_TLS("did not speak TLS: "),
        NO_CERTIFICATE("sent no certificate, which %s.tls_client_ca requires"),
        EXPIRED("sent a certificate that has expired, or is not valid yet"),
        UNTRUSTED("sent a certificate that is not of a CA in %s.tls_client_ca"),
        REFUSED_OURS("does not accept the certificate in %s.tls_certificate: it must trust its CA, and connect by"
                + " a name that it is for"),
        OTHER("failed the TLS handshake");

        private final String words;

        Cause(String words) {
            this.words = words;
        }

        static Cause of(Throwable failure) {
            if (failure instanceof NotSslRecordException) {
                return NOT_TLS;
            }
            boolean certificate = false;
            Throwable each = failure;
            for (int depth = 0; each != null && depth < MAX_CAUSES; depth++, each = each.getCause()) {
                if (each instanceof CertificateExpiredException || each instanceof CertificateNotYetValidException) {
                    return EXPIRED;
                }
                certificate |= each instanceof CertificateException
                        || each instanceof CertPathValidatorException
                        || each instanceof CertPathBuilderException;
            }
            String message = String.valueOf(failure.getMessage());
            if (certificate) {
                return UNTRUSTED;
            } else if (message.contains("Empty client certificate chain") || message.contains("null cert chain")) {
                return NO_CERTIFICATE;
            }
            return REFUSED.matcher(message).find() ? REFUSED_OURS : OTHER;
        }
    }

    private HandshakeLog(String section, String howTo) {
        this.section = section;
        this.howTo = howTo;
    }

    /**
     * Of clients over HTTP.
     *
     * @param section of the configuration that names the files of TLS
     */
    public static HandshakeLog ofHttp(String section) {
        return new HandshakeLog(section, "its URL must begin with https://");
    }

    /** Of clients over TCP, which have no URLs. */
    public static HandshakeLog ofTcp() {
        return new HandshakeLog("tcp", "tcp.tls_certificate requires it");
    }

    /** Logs that a handshake has failed. */
    public void failed(String client, Throwable failure, long now) {
        if (failure instanceof ClosedChannelException || !(failure instanceof SSLException)) {
            return;
        }
        Cause cause = Cause.of(failure);
        long leftOut =
                lines.computeIfAbsent(cause, each -> new LineLimit(1, now)).takeLine(now);
        if (leftOut == LineLimit.NO_LINE) {
            return;
        }
        LOG.warn(
                "client {} {}{}{}",
                client,
                String.format(cause.words, section),
                // Of a client that does not speak TLS, the message holds what it sent: maybe a key.
                cause == Cause.NOT_TLS
                        ? howTo
                        : " (" + LogText.escape(String.valueOf(failure.getMessage()), MAX_TEXT) + ")",
                LineLimit.noteLeftOut(leftOut));
    }
}
