package io.weir.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.gateway.ops.LoggedLines;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CredentialsLogTest {
    private static final long TEN_SECONDS = TimeUnit.SECONDS.toNanos(10);

    private final CredentialsLog log = new CredentialsLog();

    @Test
    void refused_isLoggedAtOnce_andThenOnceInTenSecondsWithTheCount() {
        try (LoggedLines lines = new LoggedLines("weir.credentials")) {
            log.refused("HTTP 401", Identification.UNKNOWN_KEY, "10.0.0.1", 0);
            for (int i = 2; i <= 5; i++) {
                log.refused("HTTP 401", Identification.UNKNOWN_KEY, "10.0.0." + i, i);
                log.writeLeftOut(i);
            }
            log.writeLeftOut(TEN_SECONDS);
            log.refused("HTTP 401", Identification.UNKNOWN_KEY, "10.0.0.6", TEN_SECONDS + 1);
            log.writeLeftOut(2 * TEN_SECONDS);
            log.writeLeftOut(3 * TEN_SECONDS);

            assertThat(lines.lines())
                    .containsExactly(
                            "WARN client 10.0.0.1 refused: its API key is not known (HTTP 401)",
                            "WARN 4 more requests refused since the line before: its API key is not known (HTTP 401);"
                                    + " the last one from 10.0.0.5",
                            "WARN 1 more request refused since the line before: its API key is not known (HTTP 401);"
                                    + " the last one from 10.0.0.6");
        }
    }

    @Test
    void refused_afterAQuietTime_isLoggedAtOnceAgain() {
        try (LoggedLines lines = new LoggedLines("weir.credentials")) {
            log.refused("TCP", Identification.NO_CREDENTIALS, "10.0.0.1", 0);
            log.writeLeftOut(TEN_SECONDS);
            log.refused("TCP", Identification.NO_CREDENTIALS, "10.0.0.2", 2 * TEN_SECONDS);

            assertThat(lines.lines())
                    .containsExactly(
                            "WARN client 10.0.0.1 refused: it sends no credentials (TCP)",
                            "WARN client 10.0.0.2 refused: it sends no credentials (TCP)");
        }
    }

    @Test
    void refused_ofAnotherReasonOrAnswer_hasALineOfItsOwn() {
        try (LoggedLines lines = new LoggedLines("weir.credentials")) {
            log.refused("HTTP 401", Identification.NO_CREDENTIALS, "10.0.0.1", 0);
            log.refused("TCP", Identification.NO_CREDENTIALS, "10.0.0.1", 1);
            log.refused("HTTP 401", Identification.UNKNOWN_KEY, "10.0.0.1", 2);

            assertThat(lines.lines()).hasSize(3);
        }
    }
}
