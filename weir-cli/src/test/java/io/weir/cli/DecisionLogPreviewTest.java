package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.config.GatewayConfig;
import io.weir.config.GatewayConfigLoader;
import io.weir.gateway.ops.LimitsPreview;
import io.weir.gateway.ops.LimitsPreview.PreviewException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DecisionLogPreviewTest {
    @TempDir
    private Path directory;

    private Path log(String scenario) throws Exception {
        Path file = Files.writeString(directory.resolve("mine.yaml"), scenario);
        Path log = directory.resolve("log.jsonl");
        int exit = Weir.commandLine()
                .setOut(new PrintWriter(new StringWriter()))
                .execute("simulate", file.toString(), "--decision-log", log.toString());
        assertThat(exit).isZero();
        return log;
    }

    private Path overloaded() throws Exception {
        return log("""
                duration: 20s
                queue_limits: {max_messages: 5}
                upstream: {servers: 4, service_time: {default: exponential 20ms}}
                clients:
                  a: {connections: 2, rate: 150/s, deadline: 2s}
                """);
    }

    private static GatewayConfig limits(int maxMessages) throws Exception {
        return new GatewayConfigLoader(1L << 30, name -> null)
                .upstream("upstream=http://127.0.0.1:9/mcp")
                .set("queue_limits.max_messages=" + maxMessages)
                .load();
    }

    private static long figure(LimitsPreview.Prediction prediction, String label, boolean predicted) {
        return prediction.rows().stream()
                .filter(row -> row.label().equals(label))
                .map(row -> predicted ? row.predicted() : row.logged())
                .mapToLong(text -> Long.parseLong(text.replace(",", "")))
                .findFirst()
                .orElse(0);
    }

    @Test
    void predict_withAHigherLimit_rejectsLess_andWithALowerOneMore() throws Exception {
        Path log = overloaded();

        LimitsPreview.Prediction higher = new DecisionLogPreview().predict(log, limits(1000), () -> false);
        LimitsPreview.Prediction lower = new DecisionLogPreview().predict(log, limits(1), () -> false);

        assertThat(higher.duration().toSeconds()).isBetween(19L, 21L);
        String reason = "  reason connection_messages";
        assertThat(figure(higher, reason, false)).isPositive();
        assertThat(figure(higher, reason, true)).isZero();
        assertThat(figure(lower, reason, true)).isGreaterThan(figure(lower, reason, false));
        assertThat(higher.remarks()).anyMatch(remark -> remark.startsWith("upstream upstream: "));
    }

    @Test
    void predict_thatTakesTooLong_isEnded() throws Exception {
        Path log = overloaded();

        assertThatThrownBy(() -> new DecisionLogPreview().predict(log, limits(1000), () -> true))
                .isInstanceOf(PreviewException.class)
                .hasMessageContaining("too long");
    }

    @Test
    void predict_ofALogWithoutMessages_saysSo() throws Exception {
        Path log = Files.writeString(directory.resolve("empty.jsonl"), "");

        assertThatThrownBy(() -> new DecisionLogPreview().predict(log, limits(1000), () -> false))
                .isInstanceOf(PreviewException.class)
                .hasMessageContaining("nothing that was offered");
    }

    @Test
    void predict_ofALongLog_takesItsEndAlone() throws Exception {
        Path log = overloaded();
        long part = Files.size(log) / 4;

        LimitsPreview.Prediction prediction = new DecisionLogPreview(part).predict(log, limits(1000), () -> false);

        assertThat(prediction.duration().toMillis()).isBetween(3_000L, 7_000L);
        assertThat(figure(prediction, "  reason connection_messages", false)).isPositive();
    }

    @Test
    void predict_afterARotation_takesThePartBeforeAsWell() throws Exception {
        Path log = overloaded();
        LimitsPreview.Prediction whole = new DecisionLogPreview().predict(log, limits(1000), () -> false);
        Files.move(log, directory.resolve("log.jsonl.1"));
        // What a part that goes on begins with; a replay that has begun has no use for the rest of the line.
        Files.writeString(log, "{\"e\":\"checkpoint\",\"t\":0}\n");

        LimitsPreview.Prediction both = new DecisionLogPreview().predict(log, limits(1000), () -> false);

        assertThat(both.rows()).isEqualTo(whole.rows());
    }
}
