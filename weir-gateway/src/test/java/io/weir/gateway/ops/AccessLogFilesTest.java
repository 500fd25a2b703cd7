package io.weir.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonObject;
import io.weir.config.AccessLogConfig;
import io.weir.config.GatewayConfig;
import io.weir.config.GatewayConfigLoader;
import io.weir.gateway.Gateway;
import io.weir.gateway.GatewayException;
import io.weir.gateway.GatewayHarness;
import io.weir.gateway.proxy.RequestRecords;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The files of the access log, and what waits to be written to them. */
class AccessLogFilesTest {
    private static final int LARGE = 1 << 20;

    @TempDir
    Path directory;

    private AccessLogConfig config(long maxBytes, int files, int lines) {
        return new AccessLogConfig(directory.resolve("access"), maxBytes, files, lines);
    }

    /** One that has not begun to write. */
    private static AccessLog log(AccessLogConfig config) {
        return new AccessLog(
                config, new RotatingFiles(config.file(), config.maxBytes(), config.files()), new ConnectionIds(), 20);
    }

    /** Ends requests, which are told apart by the sizes of their responses. */
    private static void requests(AccessLog log, int from, int to) {
        for (int i = from; i < to; i++) {
            Objects.requireNonNull(RequestRecords.http(new RequestRecords(log, null), "POST", "10.0.0.1"))
                    .responded(200, i, false);
        }
    }

    private List<JsonObject> lines(String name) throws IOException {
        return Files.readAllLines(directory.resolve(name)).stream()
                .map(JsonObject::new)
                .toList();
    }

    /** The numbers of the requests that the file has lines of. */
    private List<Integer> numbers(String name) throws IOException {
        return lines(name).stream()
                .filter(line -> !line.containsKey("event"))
                .map(line -> line.getInteger("response_bytes"))
                .toList();
    }

    /** How many lines the file says are missing. */
    private long missing(String name) throws IOException {
        return lines(name).stream()
                .filter(line -> "gap".equals(line.getString("event")))
                .mapToLong(line -> line.getLong("lost_lines"))
                .sum();
    }

    private static List<Integer> range(int from, int to) {
        return IntStream.range(from, to).boxed().toList();
    }

    @Test
    void requests_beyondTheNumberThatMayWait_areLost_andCounted_andTheFileSaysHowMany() throws Exception {
        // Nothing is written yet, so that the buffer fills up.
        AccessLog log = log(config(LARGE, 2, 16));
        requests(log, 0, 20);
        assertThat(log.state()).isEqualTo(new Statistics.LogState("writing", 4));

        log.start();
        log.close();
        assertThat(numbers("access")).isEqualTo(range(0, 16));
        assertThat(missing("access")).isEqualTo(4);
    }

    @Test
    void requests_beyondTheBytesThatMayWait_areLost_untilTheOthersAreWritten() throws Exception {
        AccessLogConfig config = config(1L << 30, 2, LARGE);
        AccessLog log = log(config);
        // Each takes 512 bytes of 8 MiB.
        int fits = (int) AccessLogConfig.BUFFER_BYTES / 512;
        requests(log, 0, fits + 5);
        assertThat(log.state().lostLines()).isEqualTo(5);

        log.start();
        GatewayHarness.await("they are written", () -> count(config.file()) == fits + 1);
        requests(log, fits + 5, fits + 105);
        log.close();
        assertThat(log.state().lostLines()).isEqualTo(5);
        assertThat(missing("access")).isEqualTo(5);
        assertThat(numbers("access")).hasSize(fits + 100).endsWith(fits + 104);
    }

    private static long count(Path file) {
        try (var lines = Files.lines(file)) {
            return lines.count();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void fullFile_becomesAnOlderOne_andTheOldestGoes() throws Exception {
        AccessLog log = log(config(4_096, 3, 1_000));
        log.start();
        requests(log, 0, 200);
        log.close();

        List<Integer> kept = new ArrayList<>();
        for (String name : List.of("access.2", "access.1", "access")) {
            kept.addAll(numbers(name));
            assertThat(Files.size(directory.resolve(name))).isLessThanOrEqualTo(4_096);
            assertThat(Files.getPosixFilePermissions(directory.resolve(name)))
                    .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        }
        assertThat(directory.resolve("access.3")).doesNotExist();
        assertThat(kept).hasSizeBetween(20, 60).isEqualTo(range(200 - kept.size(), 200));
        assertThat(log.state()).isEqualTo(new Statistics.LogState("writing", 0));
    }

    @Test
    void earlierRun_isKeptAsAnOlderFile() throws Exception {
        for (int run = 0; run < 2; run++) {
            try (AccessLog log = AccessLog.open(config(LARGE, 8, 16), new ConnectionIds())) {
                requests(log, 10 * run, 10 * run + 3);
            }
        }

        assertThat(numbers("access.1")).isEqualTo(range(0, 3));
        assertThat(numbers("access")).isEqualTo(range(10, 13));
    }

    @ParameterizedTest
    @ValueSource(strings = {"none/access", "."})
    void fileThatCannotBeOpened_endsTheStart(String name) throws Exception {
        Path file = directory.resolve(name);
        GatewayConfig config = new GatewayConfigLoader(1L << 30, each -> null)
                .upstream("http://127.0.0.1:9/mcp")
                .set("http.listen=127.0.0.1:0")
                .set("admin.listen=127.0.0.1:0")
                .flag("--access-log", "access_log", "file", file.toString())
                .load();

        assertThatThrownBy(() -> Gateway.start(config).close())
                .isInstanceOf(GatewayException.class)
                .hasMessageContaining("The access log " + file + " cannot be opened: ")
                .hasMessageContaining("access_log.file (--access-log)")
                .hasMessageMatching("(?s).*(directory does not exist|Is a directory)\\. Name a file.*");
    }

    @Test
    void fullDisk_stopsTheLog_andRoomResumesItBehindAGapThatSaysHowMuchIsMissing() throws Exception {
        AtomicLong room = new AtomicLong(LARGE);
        AccessLogConfig config = config(LARGE, 2, LARGE);
        AccessLog log = new AccessLog(config, new SmallDisk(config.file(), room), new ConnectionIds(), 20);
        List<String> logged;
        try (LoggedLines said = new LoggedLines("weir.access");
                log) {
            log.start();
            requests(log, 0, 5);
            GatewayHarness.await("these are written", () -> count(config.file()) == 5);
            // A part of a line fits.
            room.set(10);
            requests(log, 5, 25);
            GatewayHarness.await("it has stopped", () -> log.state().state().equals("stopped"));
            requests(log, 25, 26);
            room.set(LARGE);
            GatewayHarness.await("it has resumed", () -> log.state().state().equals("writing"));
            requests(log, 26, 28);
            log.close();
            logged = List.copyOf(said.lines());
        }

        long lost = log.state().lostLines();
        assertThat(lost).isBetween(1L, 21L);
        assertThat(missing("access")).isEqualTo(lost);
        List<Integer> written = numbers("access");
        assertThat(written)
                .startsWith(0, 1, 2, 3, 4)
                .endsWith(26, 27)
                .isSorted()
                .hasSize((int) (28 - lost));
        assertThat(logged).hasSize(2);
        assertThat(logged.get(0))
                .startsWith("ERROR access log: " + config.file() + " cannot be written: No space left on device");
        assertThat(logged.get(1)).matches("WARN access log: .* is written again; \\d+ lines were lost since the start");
    }

    @Test
    void linesThatAreMissing_areToldOfAgain_ifTheLineThatSaysSoIsLost() throws Exception {
        AtomicLong room = new AtomicLong(10);
        AccessLogConfig config = config(LARGE, 2, 16);
        AccessLog log = new AccessLog(config, new SmallDisk(config.file(), room), new ConnectionIds(), 20);
        requests(log, 0, 20);
        try (log) {
            log.start();
            GatewayHarness.await("it has stopped", () -> log.state().state().equals("stopped"));
            room.set(LARGE);
            GatewayHarness.await("it has resumed", () -> log.state().state().equals("writing"));
        }

        assertThat(log.state().lostLines()).isEqualTo(20);
        assertThat(missing("access")).isEqualTo(20);
        assertThat(numbers("access")).isEmpty();
    }

    @Test
    void requests_afterTheEnd_areLost_andCounted() throws Exception {
        AccessLog log = AccessLog.open(config(LARGE, 2, 16), new ConnectionIds());
        requests(log, 0, 1);
        log.close();
        requests(log, 1, 3);

        assertThat(numbers("access")).containsExactly(0);
        assertThat(log.state().lostLines()).isEqualTo(2);
    }
}
