package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.PressureListener;
import io.weir.core.config.Profile;
import io.weir.gateway.config.DecisionLogConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class DecisionLogTest {
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
        try (DecisionLog log = DecisionLog.open(config)) {
            IntStream.range(from, to).forEach(i -> log.line(line(i)));
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
    void fullBuffer_losesLinesAndSaysHowMany() throws IOException {
        DecisionLogConfig config = config(1 << 20, 2, 16);
        // Nothing is written yet, so that the buffer fills up.
        DecisionLog log = new DecisionLog(config, new LogFiles(config.file(), config.maxBytes(), config.files()));
        IntStream.range(0, 20).forEach(i -> log.line(line(i)));
        log.start();
        log.close();

        List<String> expected = new ArrayList<>();
        IntStream.range(0, 16).forEach(i -> expected.add(line(i)));
        expected.add("{\"e\":\"gap\",\"lost\":4}");
        assertThat(lines("decisions")).isEqualTo(expected);
    }

    @Test
    void gap_standsWhereTheLinesAreMissing() throws IOException {
        DecisionLogConfig config = config(1 << 20, 2, 16);
        DecisionLog log = new DecisionLog(config, new LogFiles(config.file(), config.maxBytes(), config.files()));
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

    @Test
    void fileThatCannotBeWritten_isLoggedOnceAndLinesGoNowhere() {
        DecisionLogConfig missing = new DecisionLogConfig(directory.resolve("none/decisions"), 1 << 20, 2, 16);

        List<String> logged = logged(() -> write(missing, 0, 1_000));

        assertThat(logged)
                .singleElement()
                .asString()
                .contains(
                        "none/decisions cannot be written: its directory does not exist",
                        "the gateway goes on without it");
        assertThat(directory.resolve("none")).doesNotExist();
    }

    @Test
    void directoryThatIsRemoved_endsTheLogAtTheNextFile() throws IOException {
        Path folder = Files.createDirectory(directory.resolve("gone"));
        DecisionLogConfig config = new DecisionLogConfig(folder.resolve("decisions"), 4_096, 2, 1 << 16);

        List<String> logged = logged(() -> {
            try (DecisionLog log = DecisionLog.open(config)) {
                log.line(line(0));
                while (!Files.exists(config.file())) {
                    Thread.onSpinWait();
                }
                delete(config.file());
                delete(folder);
                IntStream.range(1, 1_000).forEach(i -> log.line(line(i)));
            }
        });

        assertThat(logged).singleElement().asString().contains("cannot be written");
    }

    private static void delete(Path path) {
        try {
            Files.delete(path);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void fullDisk_isLoggedOnceAndTheGatewayGoesOn() {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.exists(full), "there is such a device on Linux");

        List<String> logged = logged(() -> write(new DecisionLogConfig(full, 1 << 20, 2, 1 << 16), 0, 20_000));

        assertThat(logged).singleElement().asString().contains("/dev/full cannot be written: No space left on device");
    }

    @Test
    void label_ofASession_saysNothingOfItsIdAndStaysTheSame() {
        Admission admission = new Admission(Profile.PRODUCTION.builder(1 << 30).build(), PressureListener.NONE);
        Connection session = admission.connection("t", "files/0123456789-secret", 0);
        DecisionLogConfig config = config(4_096, 2, 16);
        DecisionLog log = new DecisionLog(config, new LogFiles(config.file(), 4_096, 2));
        DecisionLog other = new DecisionLog(config, new LogFiles(config.file(), 4_096, 2));

        assertThat(log.label(session))
                .matches("s-[0-9a-f]{16}")
                .isEqualTo(log.label(session))
                .isNotEqualTo(log.label(admission.connection("t", "files/other", 0)))
                .isNotEqualTo(other.label(session));
        assertThat(log.label(admission.connection("t", "tcp-5", 0))).isEqualTo("tcp-5");
    }

    private static List<String> logged(Runnable work) {
        Logger logger = (Logger) LoggerFactory.getLogger("weir.decisions");
        ListAppender<ILoggingEvent> appender = new ListAppender<>();
        appender.start();
        logger.setLevel(Level.INFO);
        logger.addAppender(appender);
        try {
            work.run();
        } finally {
            logger.detachAppender(appender);
            logger.setLevel(Level.OFF);
        }
        return appender.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }
}
