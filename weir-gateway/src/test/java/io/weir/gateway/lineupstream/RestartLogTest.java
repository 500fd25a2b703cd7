package io.weir.gateway.lineupstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.gateway.line.LineServerException.Problem;
import io.weir.gateway.ops.LoggedLines;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RestartLogTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final RestartLog.Failure FAILURE = new RestartLog.Failure(Problem.START_TIMEOUT, 3 * SECOND);

    private final RestartLog log = new RestartLog("up", 0);

    @Test
    void restarts_haveFiveLinesInTenSeconds_andThenACount() {
        try (LoggedLines lines = new LoggedLines("weir.child")) {
            for (int i = 1; i <= 8; i++) {
                log.restarted("t" + i, FAILURE, i, SECOND, i);
                log.writeLeftOut(i);
            }
            assertThat(lines.lines()).hasSize(5);
            log.writeLeftOut(10 * SECOND);
            log.writeLeftOut(20 * SECOND);

            assertThat(lines.lines())
                    .hasSize(6)
                    .contains(
                            "INFO upstream 'up': a child for clients of tenant 't5' is started again after a pause of 1000 ms"
                                    + " (attempt 5); the one before did not answer initialize in time after its start,"
                                    + " and was 3000 ms old")
                    .endsWith("INFO upstream 'up': 3 more starts of a child that had failed were not logged");
        }
    }
}
