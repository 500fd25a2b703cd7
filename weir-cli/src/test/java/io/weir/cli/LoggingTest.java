package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.ContextInitializer;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.weir.config.ConfigException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class LoggingTest {
    private static final Logger LOG = LoggerFactory.getLogger("weir.test");

    @AfterEach
    void defaults() throws ConfigException {
        Logging.configure("text", "info");
    }

    private static boolean warns(String logger) {
        return LoggerFactory.getLogger(logger).isWarnEnabled();
    }

    private static String logged(String format, Runnable logging) throws ConfigException {
        PrintStream before = System.err;
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        try {
            Logging.configure(format, "info");
            logging.run();
        } finally {
            System.setErr(before);
        }
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void text_isOneLineThatBeginsWithDateAndZone() throws Exception {
        String line = logged("text", () -> LOG.warn("first\nsecond {}", 2));

        assertThat(line).endsWith(" WARN  weir.test first second 2" + System.lineSeparator());
        assertThat(OffsetDateTime.parse(line.substring(0, line.indexOf(' '))).toInstant())
                .isBetween(
                        Instant.now().minus(Duration.ofHours(1)), Instant.now().plusSeconds(1));
    }

    @Test
    void log_untilACommandHasReadItsOptions_saysWhatIsWrongAloneToStandardError() throws Exception {
        LoggerContext context = new LoggerContext();
        PrintStream before = System.err;
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        try {
            // What logback itself does when the first logger is asked for.
            new ContextInitializer(context).autoConfig();
            context.setMDCAdapter(new LogbackMDCAdapter());
            for (String logger : new String[] {"weir.test", "io.vertx.core"}) {
                context.getLogger(logger).info("fine");
                context.getLogger(logger).warn("wrong");
            }
        } finally {
            System.setErr(before);
        }

        assertThat(err.toString(StandardCharsets.UTF_8).lines())
                .satisfiesExactly(
                        line -> assertThat(line).endsWith(" WARN  weir.test wrong"),
                        line -> assertThat(line).endsWith(" WARN  io.vertx.core wrong"));
    }

    @Test
    void text_saysOnTheSameLineWhatWasThrownWhereAndWhy() throws Exception {
        Exception thrown = new IllegalStateException("why", new IOException("the disk\nis full"));

        String line = logged("text", () -> LOG.error("failed", thrown));

        assertThat(line.strip())
                .doesNotContain("\n")
                .containsPattern(
                        " failed java\\.lang\\.IllegalStateException: why at io\\.weir\\.cli\\.LoggingTest\\..*"
                                + " Caused by: java\\.io\\.IOException: the disk is full");
    }

    @Test
    void json_hasTheMessageWithItsArguments() throws Exception {
        Map<String, String> event = parse(logged("json", () -> LOG.info("{} of {}\n\"x\"", 1, 2)));

        assertThat(event)
                .containsEntry("message", "1 of 2\n\"x\"")
                .containsEntry("level", "INFO")
                .containsEntry("logger", "weir.test")
                .containsEntry("thread", Thread.currentThread().getName())
                .containsOnlyKeys("time", "level", "logger", "thread", "message");
        assertThat(event.get("time")).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
    }

    @Test
    void json_hasTheStackTraceOnTheSameLine() throws Exception {
        String line = logged("json", () -> LOG.error("failed", new IllegalStateException("why")));

        assertThat(line.strip()).doesNotContain("\n");
        assertThat(parse(line).get("exception")).contains("IllegalStateException: why", "LoggingTest");
    }

    private static Map<String, String> parse(String line) throws IOException {
        assertThat(line).endsWith("}\n");
        Map<String, String> members = new LinkedHashMap<>();
        try (JsonParser json = new JsonFactory().createParser(line)) {
            assertThat(json.nextToken()).isEqualTo(JsonToken.START_OBJECT);
            for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                members.put(name, json.nextTextValue());
            }
        }
        return members;
    }

    @ParameterizedTest
    @CsvSource({"error,false,false,false", "warn,true,false,false", "info,true,true,false", "debug,true,true,true"})
    void level_isThatOfWeirAndOthersStayBelowInfo(String level, boolean warn, boolean info, boolean debug)
            throws Exception {
        Logging.configure("text", level);

        assertThat(LOG.isWarnEnabled()).isEqualTo(warn);
        assertThat(LOG.isInfoEnabled()).isEqualTo(info);
        assertThat(LOG.isDebugEnabled()).isEqualTo(debug);
        assertThat(warns("io.netty")).isEqualTo(warn);
        assertThat(LoggerFactory.getLogger("io.netty").isInfoEnabled()).isFalse();
    }

    @Test
    void configure_unknownFormatAndLevel_namesBoth() {
        assertThatThrownBy(() -> Logging.configure("xml", "loud"))
                .hasMessageContaining("--log-format must be text or json, but is 'xml'")
                .hasMessageContaining("--log-level must be error, warn, info, debug or trace, but is 'loud'");
    }

    @Test
    void stopping_connectionsThatComeTooLateAreNoWarning() throws Exception {
        Logging.configure("text", "info");
        assertThat(warns("io.netty.bootstrap.ServerBootstrap")).isTrue();

        Logging.stopping();

        assertThat(warns("io.netty.bootstrap.ServerBootstrap")).isFalse();
        assertThat(warns("io.netty.channel.DefaultChannelPipeline")).isTrue();
        assertThat(warns("weir.gateway")).isTrue();
    }
}
