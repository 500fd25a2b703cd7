package io.weir.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.http.HttpClosedException;
import io.weir.config.UpstreamConfig;
import io.weir.gateway.line.LineServerException;
import io.weir.gateway.ops.LoggedLines;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;

class UpstreamFaultsTest {
    private static UpstreamFaults faults() {
        return new UpstreamFaults(new UpstreamConfig(
                "files",
                URI.create("https://h:8443/mcp?key=secret"),
                Map.of(),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                1));
    }

    private static Throwable untrusted() {
        SSLHandshakeException failed = new SSLHandshakeException("PKIX path building failed");
        failed.initCause(new CertificateException("no issuer"));
        return failed;
    }

    @Test
    void report_saysWhatHappened() {
        Map<Throwable, String> words = Map.of(
                untrusted(),
                "a TLS certificate of a CA that is not trusted",
                new SSLException("not an SSL/TLS record"),
                "failed the TLS handshake",
                new UnknownHostException("h"),
                "unknown host name",
                new ConnectException("Connection refused"),
                "refused the connection",
                new HttpClosedException("Connection was closed"),
                "closed the connection",
                new IOException("Connection reset by peer"),
                "reset the connection",
                new IllegalArgumentException("invalid version format"),
                "no valid HTTP response",
                new NoConnectionException("all 2 connections to it were in use"),
                "all 2 connections");

        words.forEach((cause, text) -> assertThat(faults().report(cause, false))
                .startsWith("Upstream 'files' ")
                .contains(text)
                .doesNotContain("8443"));
    }

    /** An operator who is told of slow clients must also be told that a child exits. */
    @Test
    void problemsOfAChild_haveLinesOfTheirOwn() {
        List<String> lines = logged(() -> {
            UpstreamFaults faults = faults();
            for (int i = 0; i < 2; i++) {
                faults.report(new LineServerException(LineServerException.Problem.SLOW_CLIENT, "64 KiB"), false);
                faults.report(new LineServerException(LineServerException.Problem.EXITED, "status 1"), false);
            }
            faults.sweep(System.nanoTime() + TimeUnit.MINUTES.toNanos(1));
        });

        assertThat(lines).hasSize(4);
        assertThat(lines.get(0)).contains("sent more than its client read (64 KiB)");
        assertThat(lines.get(1)).contains("exited before its response was complete (status 1)");
        assertThat(lines.get(2)).contains("exited before its response was complete; 1 more of these");
        assertThat(lines.get(3)).contains("sent more than its client read; 1 more of these");
    }

    @Test
    void failures_areLoggedWithTheirCauseOnceInAWhileWithWhatWasLeftOut() {
        List<String> lines = logged(() -> {
            UpstreamFaults faults = faults();
            for (int i = 0; i < 100; i++) {
                faults.report(untrusted(), false);
                faults.report(new ConnectException("Connection refused"), false);
            }
            long later = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
            faults.sweep(later);
            faults.sweep(later);
        });

        assertThat(lines).hasSize(4);
        assertThat(lines.get(0))
                .contains("'files' at https://h:8443", "PKIX path building failed")
                .doesNotContain("secret");
        assertThat(lines.get(1)).contains("Connection refused");
        assertThat(lines).filteredOn(line -> line.contains("99 more of these")).hasSize(2);
    }

    @Test
    void problemOfAChild_isLoggedInItsOwnWords() {
        List<String> lines = logged(() -> faults().report(
                        new LineServerException(LineServerException.Problem.EXITED, "exit status 1; no such table"),
                        false));

        assertThat(lines)
                .singleElement()
                .asString()
                .endsWith(" exited before its response was complete (exit status 1; no such table)");
    }

    private static List<String> logged(Runnable work) {
        try (LoggedLines lines = new LoggedLines("weir.upstream")) {
            work.run();
            return lines.lines();
        }
    }
}
