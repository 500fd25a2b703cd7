package io.weir.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.ssl.NotSslRecordException;
import io.weir.gateway.ops.LoggedLines;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertPathBuilderException;
import java.util.concurrent.TimeUnit;
import javax.crypto.AEADBadTagException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HandshakeLogTest {
    private static final String CLIENT = "127.0.0.1";
    private static final long TEN_SECONDS = TimeUnit.SECONDS.toNanos(10);

    private final HandshakeLog log = HandshakeLog.ofHttp("admin");

    private static SSLHandshakeException failure(String message, Throwable cause) {
        SSLHandshakeException failure = new SSLHandshakeException(message);
        failure.initCause(cause);
        return failure;
    }

    @ParameterizedTest
    @CsvSource({
        "Empty client certificate chain, 'sent no certificate, which admin.tls_client_ca requires'",
        "Received fatal alert: unknown_ca, does not accept the certificate in admin.tls_certificate",
        "Received fatal alert: bad_certificate, does not accept the certificate in admin.tls_certificate",
        "Received fatal alert: handshake_failure, failed the TLS handshake (Received fatal alert: handshake_failure)",
        "no cipher suites in common, failed the TLS handshake (no cipher suites in common)"
    })
    void failed_saysWhy(String message, String words) {
        try (LoggedLines lines = new LoggedLines("weir.tls")) {
            log.failed(CLIENT, new SSLHandshakeException(message), 0);

            assertThat(lines.lines())
                    .singleElement()
                    .asString()
                    .startsWith("WARN client 127.0.0.1 ")
                    .contains(words);
        }
    }

    @Test
    void failed_certificateOfAnotherCa_isToldFromWhatCannotBeDecrypted() {
        String alert =
                "Insufficient buffer remaining for AEAD cipher fragment (2). Needs to be more than tag size (16)";
        try (LoggedLines lines = new LoggedLines("weir.tls")) {
            log.failed(CLIENT, failure("PKIX path building failed", new CertPathBuilderException("none")), 0);
            log.failed(CLIENT, failure(alert, new AEADBadTagException(alert)), 0);
            log.failed(CLIENT, failure("Tag mismatch", new AEADBadTagException("Tag mismatch")), 0);

            assertThat(lines.lines()).hasSize(3);
            assertThat(lines.lines().get(0)).contains("is not of a CA in admin.tls_client_ca");
            assertThat(lines.lines().get(1)).contains("does not accept the certificate");
            assertThat(lines.lines().get(2)).contains("failed the TLS handshake (Tag mismatch)");
        }
    }

    @Test
    void failed_plainText_isNotShown() {
        try (LoggedLines lines = new LoggedLines("weir.tls")) {
            log.failed(CLIENT, new NotSslRecordException("not an SSL/TLS record: 736563726574"), 0);

            assertThat(lines.lines())
                    .containsExactly("WARN client 127.0.0.1 did not speak TLS: its URL must begin with https://");
        }
    }

    @Test
    void failed_often_isLoggedOnceInTenSecondsWithWhatWasLeftOut() {
        try (LoggedLines lines = new LoggedLines("weir.tls")) {
            for (int i = 0; i < 50; i++) {
                log.failed(CLIENT, new SSLHandshakeException("no cipher suites in common"), i);
            }
            log.failed(CLIENT, new SSLHandshakeException("no cipher suites in common"), TEN_SECONDS);
            log.failed(CLIENT, new ClosedChannelException(), TEN_SECONDS);

            assertThat(lines.lines()).hasSize(2);
            assertThat(lines.lines().get(1)).endsWith("; 49 more of these were not logged");
        }
    }

    @Test
    void failed_plainText_saysWhatAClientOfThatPortMustDo() {
        try (LoggedLines lines = new LoggedLines("weir.tls")) {
            log.failed(CLIENT, new NotSslRecordException("not an SSL/TLS record: 6b6579"), 0);
            HandshakeLog.ofTcp().failed(CLIENT, new NotSslRecordException("not an SSL/TLS record: 6b6579"), 0);

            assertThat(lines.lines())
                    .containsExactly(
                            "WARN client 127.0.0.1 did not speak TLS: its URL must begin with https://",
                            "WARN client 127.0.0.1 did not speak TLS: tcp.tls_certificate requires it");
        }
    }
}
