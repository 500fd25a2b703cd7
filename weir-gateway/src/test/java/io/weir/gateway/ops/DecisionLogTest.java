package io.weir.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.weir.config.DecisionLogConfig;
import io.weir.config.GatewayConfig;
import io.weir.config.GatewayConfigLoader;
import io.weir.core.Outcome;
import io.weir.core.Priority;
import io.weir.core.admission.Admission;
import io.weir.core.admission.PressureListener;
import io.weir.core.config.Profile;
import io.weir.core.queue.Offer;
import io.weir.core.queue.QueuePolicy;
import io.weir.core.queue.UpstreamListener;
import io.weir.core.queue.UpstreamQueue;
import io.weir.gateway.Gateway;
import io.weir.gateway.GatewayException;
import io.weir.gateway.GatewayHarness;
import io.weir.gateway.RawServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DecisionLogTest {
    private static final Offer.Handler NOBODY = new Offer.Handler() {
        @Override
        public void dispatched(Offer offer, long now) {
            // Of no consequence here.
        }

        @Override
        public void removed(Offer offer, Outcome outcome, long now) {
            // Of no consequence here.
        }
    };

    @TempDir
    Path directory;

    private DecisionLogConfig config(long maxBytes, int files, int lines) {
        return new DecisionLogConfig(directory.resolve("decisions"), maxBytes, files, lines);
    }

    private List<String> lines(String name) throws IOException {
        return Files.readAllLines(directory.resolve(name));
    }

    private static String line(int number) {
        return "{\"e\":\"tick\",\"t\":" + (100_000 + number) + "}";
    }

    private static void write(DecisionLogConfig config, int from, int to) {
        try (DecisionLogWriter log = DecisionLogWriter.open(config)) {
            IntStream.range(from, to).forEach(i -> log.line(line(i)));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void line_isWrittenInOrder() throws IOException {
        write(config(1 << 20, 2, 1 << 16), 0, 1_000);

        assertThat(lines("decisions"))
                .isEqualTo(IntStream.range(0, 1_000)
                        .mapToObj(DecisionLogTest::line)
                        .toList());
        assertThat(directory.resolve("decisions.1")).doesNotExist();
    }

    @Test
    void fullFile_becomesAnOlderOne_andTheOldestGoes() throws IOException {
        int bytes = line(0).length() + 1;

        write(config(10L * bytes + 3, 3, 1 << 16), 0, 55);

        assertThat(lines("decisions"))
                .isEqualTo(
                        IntStream.range(50, 55).mapToObj(DecisionLogTest::line).toList());
        assertThat(lines("decisions.1"))
                .isEqualTo(
                        IntStream.range(40, 50).mapToObj(DecisionLogTest::line).toList());
        assertThat(lines("decisions.2"))
                .isEqualTo(
                        IntStream.range(30, 40).mapToObj(DecisionLogTest::line).toList());
        assertThat(directory.resolve("decisions.3")).doesNotExist();
    }

    @Test
    void earlierRun_isKeptAsAnOlderFile() throws IOException {
        write(config(1 << 20, 8, 1 << 16), 0, 5);
        write(config(1 << 20, 8, 1 << 16), 5, 6);

        assertThat(lines("decisions")).containsExactly(line(5));
        assertThat(lines("decisions.1")).hasSize(5);
    }

    @Test
    void files_areTheirOwnersAlone() throws IOException {
        write(config(2L * (line(0).length() + 1), 3, 64), 0, 5);

        for (String name : List.of("decisions", "decisions.1")) {
            assertThat(Files.getPosixFilePermissions(directory.resolve(name)))
                    .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        }
    }

    @Test
    void oneFile_startsAgain() throws IOException {
        write(config(2L * (line(0).length() + 1), 1, 64), 0, 5);

        assertThat(lines("decisions")).containsExactly(line(4));
        assertThat(directory.resolve("decisions.1")).doesNotExist();
    }

    @Test
    void fullBuffer_losesLinesAndSaysHowMany() throws Exception {
        DecisionLogConfig config = config(1 << 20, 2, 16);
        // Nothing is written yet, so that the buffer fills up.
        DecisionLogWriter log =
                new DecisionLogWriter(config, new RotatingFiles(config.file(), config.maxBytes(), config.files()));
        IntStream.range(0, 20).forEach(i -> log.line(line(i)));
        log.start();
        log.close();

        List<String> expected = new ArrayList<>();
        IntStream.range(0, 16).forEach(i -> expected.add(line(i)));
        expected.add("{\"e\":\"gap\",\"lost\":4}");
        assertThat(lines("decisions")).isEqualTo(expected);
    }

    @Test
    void stalledWriter_keepsNoMoreThan8MiB_andTheLogSaysHowManyLinesAreMissing() throws Exception {
        DecisionLogConfig config = config(1L << 30, 2, 1 << 20);
        DecisionLogWriter log =
                new DecisionLogWriter(config, new RotatingFiles(config.file(), config.maxBytes(), config.files()));
        Admission admission = Admission.repeatable(
                Profile.PRODUCTION.builder(1L << 30).maxMessages(10_000).build(), PressureListener.NONE);
        UpstreamQueue queue = new UpstreamQueue("up", admission, QueuePolicy.DEFAULT, UpstreamListener.NONE, log, 0);
        String name = "\u00fc".repeat(4_096);
        for (int i = 0; i < 1_000; i++) {
            queue.offer(
                    new Offer(admission.connection("t", "c", i), name, 1, 9, Priority.CALL, 1L << 30, 1, NOBODY), i);
        }

        assertThat(log.bufferedBytes()).isBetween((8L << 20) - 30_000, 8L << 20);
        long lost = log.lostInAll();
        assertThat(lost).isBetween(600L, 700L);

        log.start();
        log.close();
        assertThat(log.bufferedBytes()).isZero();
        List<String> lines = lines("decisions");
        assertThat(lines.get(lines.size() - 1)).isEqualTo(DecisionLogWriter.gapLine(lost));
        assertThat(lines).hasSize((int) (1 + 1_000 - lost + 1));
    }

    @Test
    void partsOfALogOfQueues_beginWithACheckpoint_andNoLineIsMissing() throws Exception {
        int calls = 500;
        try (DecisionLogWriter log = DecisionLogWriter.open(config(4_096, 1_000, 1 << 16))) {
            Admission admission =
                    Admission.repeatable(Profile.PRODUCTION.builder(1L << 30).build(), PressureListener.NONE);
            UpstreamQueue queue =
                    new UpstreamQueue("up", admission, QueuePolicy.DEFAULT, UpstreamListener.NONE, log, 0);
            for (int i = 0; i < calls; i++) {
                Offer offer =
                        new Offer(admission.connection("t", "c", i), "tool", 1, 9, Priority.CALL, 1L << 30, 1, NOBODY);
                queue.offer(offer, i * 10_000_000L);
                queue.finish(offer, Outcome.COMPLETED, i * 10_000_000L + 1);
                awaitWritten(log);
            }
        }

        int parts = 1;
        while (Files.exists(directory.resolve("decisions." + parts))) {
            parts++;
        }
        assertThat(parts).isGreaterThan(2);
        List<String> all = new ArrayList<>();
        for (int part = parts - 1; part >= 0; part--) {
            List<String> lines = lines(part == 0 ? "decisions" : "decisions." + part);
            assertThat(lines.get(0)).startsWith(part == parts - 1 ? "{\"e\":\"queue\"" : "{\"e\":\"checkpoint\"");
            all.addAll(lines.subList(part == parts - 1 ? 0 : 1, lines.size()));
        }
        assertThat(all).hasSize(1 + 2 * calls).noneMatch(line -> line.contains("checkpoint") || line.contains("gap"));
    }

    /** Lines that wait belong to the part that is full: how many parts there are would depend on the writer's speed. */
    private static void awaitWritten(DecisionLogWriter log) throws InterruptedException {
        while (log.bufferedBytes() > 0) {
            Thread.sleep(1);
        }
    }

    @Test
    void gap_standsWhereTheLinesAreMissing() throws Exception {
        DecisionLogConfig config = config(1 << 20, 2, 16);
        DecisionLogWriter log =
                new DecisionLogWriter(config, new RotatingFiles(config.file(), config.maxBytes(), config.files()));
        IntStream.range(0, 17).forEach(i -> log.line(line(i)));
        log.start();
        List<String> written;
        int next = 17;
        do {
            log.line(line(next++));
            written = Files.exists(config.file()) ? lines("decisions") : List.of();
        } while (written.stream().noneMatch(each -> each.contains("gap")));
        log.close();

        List<String> all = lines("decisions");
        long lost = 0;
        int number = 0;
        for (String each : all) {
            if (each.contains("gap")) {
                lost = Long.parseLong(each.replaceAll("\\D", ""));
                number += (int) lost;
            } else {
                assertThat(each).isEqualTo(line(number++));
            }
        }
        assertThat(lost).isPositive();
        assertThat(number).isEqualTo(next);
    }

    @ParameterizedTest
    @ValueSource(strings = {"none/decisions", "."})
    void fileThatCannotBeOpened_endsTheStart(String name) throws Exception {
        Path file = directory.resolve(name);
        GatewayConfig config = new GatewayConfigLoader(1L << 30, each -> null)
                .upstream("http://127.0.0.1:9/mcp")
                .set("http.listen=127.0.0.1:0")
                .set("admin.listen=127.0.0.1:0")
                .flag("--decision-log", "decision_log", "file", file.toString())
                .load();

        assertThatThrownBy(() -> Gateway.start(config).close())
                .isInstanceOf(GatewayException.class)
                .hasMessageContaining("The decision log " + file + " cannot be opened: ")
                .hasMessageMatching("(?s).*(directory does not exist|Is a directory)\\. Name a file.*");
    }

    @Test
    void directoryThatIsRemoved_stopsTheLogAtTheNextFile() throws Exception {
        Path folder = Files.createDirectory(directory.resolve("gone"));
        DecisionLogConfig config = new DecisionLogConfig(folder.resolve("decisions"), 4_096, 2, 1 << 16);

        List<String> logged = logged(() -> {
            try (DecisionLogWriter log = DecisionLogWriter.open(config)) {
                log.line(line(0));
                delete(config.file());
                delete(folder);
                IntStream.range(1, 1_000).forEach(i -> log.line(line(i)));
                GatewayHarness.await("it has stopped", () -> !log.isWriting());
            }
        });

        assertThat(logged).singleElement().asString().contains("cannot be written", "tries again every 5 s");
    }

    @Test
    void fullDisk_stopsTheLog_andRoomResumesItBehindAGapThatSaysHowMuchIsMissing() throws Exception {
        int bytes = line(0).length() + 1;
        AtomicLong room = new AtomicLong(10L * bytes + 3);
        DecisionLogConfig config = config(1 << 20, 2, 1 << 16);
        AtomicLong lost = new AtomicLong();

        List<String> logged = logged(() -> {
            DecisionLogWriter log = new DecisionLogWriter(config, new SmallDisk(config.file(), room), 20);
            try (log) {
                start(log);
                for (int i = 0; i < 5; i++) {
                    log.line(line(i));
                }
                GatewayHarness.await("these are written", () -> size(config.file()) == 5L * bytes);
                for (int i = 5; i < 25; i++) {
                    log.line(line(i));
                }
                GatewayHarness.await("it has stopped", () -> !log.isWriting());
                log.line(line(25));
                GatewayHarness.await("the lines that have no room are lost", () -> log.lostInAll() >= 15);
                assertThat(log.lostInAll()).isLessThanOrEqualTo(21);
                room.set(1 << 20);
                GatewayHarness.await("it has resumed", log::isWriting);
                log.line(line(26));
                log.line(line(27));
                lost.set(log.lostInAll());
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });

        List<String> all = lines("decisions");
        assertThat(all.subList(0, 5))
                .isEqualTo(IntStream.range(0, 5).mapToObj(DecisionLogTest::line).toList());
        int number = 0;
        for (String each : all) {
            if (each.contains("gap")) {
                number += Integer.parseInt(each.replaceAll("\\D", ""));
            } else {
                assertThat(each).isEqualTo(line(number++));
            }
        }
        assertThat(number).isEqualTo(28);
        assertThat(all).last().isEqualTo(line(27));
        assertThat(all).anyMatch(each -> each.contains("gap"));
        assertThat(28 - all.stream().filter(each -> !each.contains("gap")).count())
                .isEqualTo(lost.get());
        assertThat(logged).hasSize(2);
        assertThat(logged.get(0)).contains("cannot be written: No space left on device");
        assertThat(logged.get(1)).contains("is written again; " + lost + " lines are missing");
    }

    private static void start(DecisionLogWriter log) {
        try {
            log.start();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void stats_sayHowTheLogDoes() throws Exception {
        assumeTrue(Files.exists(Path.of("/dev/full")), "there is such a device on Linux");
        try (RawServer server = new RawServer((socket, n) -> RawServer.serveAll(socket))) {
            String url = server.url().toString();
            try (GatewayHarness none = GatewayHarness.start(url);
                    GatewayHarness writing =
                            GatewayHarness.start(url, "decision_log.file=" + directory.resolve("decisions"));
                    GatewayHarness full = GatewayHarness.start(url, "decision_log.file=/dev/full")) {
                assertThat(none.stats()).contains("\"decision_log\":{\"state\":\"none\",\"lost_lines\":0}");
                assertThat(writing.stats()).contains("\"decision_log\":{\"state\":\"writing\",\"lost_lines\":0}");
                GatewayHarness.await("it has stopped", () -> full.stats().contains("\"state\":\"stopped\""));
                assertThat(full.stat("lost_lines")).isPositive();
            }
        }
    }

    private static void delete(Path path) {
        try {
            Files.delete(path);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void fullDisk_isLoggedOnceAndTheGatewayGoesOn() throws Exception {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full), "there is such a device on Linux");

        List<String> logged = logged(() -> write(new DecisionLogConfig(full, 1 << 20, 2, 1 << 16), 0, 20_000));

        assertThat(logged).singleElement().asString().contains("/dev/full cannot be written: No space left on device");
    }

    @Test
    void label_ofASession_saysNothingOfItsIdAndStaysTheSame() {
        String session = "files/0123456789-secret";
        DecisionLogConfig config = config(4_096, 2, 16);
        DecisionLogWriter log = new DecisionLogWriter(config, new RotatingFiles(config.file(), 4_096, 2));
        DecisionLogWriter other = new DecisionLogWriter(config, new RotatingFiles(config.file(), 4_096, 2));

        assertThat(log.label(session))
                .matches("s-[0-9a-f]{16}")
                .isEqualTo(log.label(session))
                .isNotEqualTo(log.label("files/other"))
                .isNotEqualTo(other.label(session));
        assertThat(log.label("tcp-5")).isEqualTo("tcp-5");
    }

    private interface Work {
        void run() throws Exception;
    }

    private static List<String> logged(Work work) throws Exception {
        try (LoggedLines lines = new LoggedLines("weir.decisions")) {
            work.run();
            return lines.lines();
        }
    }
}
