package io.weir.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import io.weir.config.ConfigException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where the log goes: to standard error, as lines for a person or as JSON for a machine. */
final class Logging {
    private static final List<String> FORMATS = List.of("text", "json");
    private static final List<String> LEVELS = List.of("error", "warn", "info", "debug", "trace");
    private static final String DATE = "%d{\"yyyy-MM-dd'T'HH:mm:ss.SSSXXX\"}";

    /** The message, and behind it an exception with its causes and the first places of each, on one line. */
    private static final String MESSAGE = "%replace(%replace(%msg%n%ex{3}){'\\s*[\\r\\n]+\\s*', ' '}){' $', ''}";

    private static final String LINE = DATE + " %-5level %logger{20} " + MESSAGE + "%n";

    /** Netty's logger of connections that no event loop is there for any more. */
    private static final String ACCEPTOR = "io.netty.bootstrap.ServerBootstrap";

    private Logging() {}

    /**
     * Sets the format of all lines and the level of Weir's own.
     *
     * @param format {@code text} or {@code json}
     * @param level {@code error}, {@code warn}, {@code info}, {@code debug} or {@code trace}
     * @throws ConfigException if it is none of these
     */
    static void configure(String format, String level) throws ConfigException {
        List<String> problems = new ArrayList<>();
        require("--log-format", FORMATS, format, problems);
        require("--log-level", LEVELS, level, problems);
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        Level own = Level.valueOf(level.toUpperCase(Locale.ROOT));
        write(context, format.equals("json") ? new JsonLines() : pattern(context), own);
    }

    /**
     * What logback finds by {@code META-INF/services} and does first, in place of looking for files: until the command
     * has read its options, and in commands without a log, nothing is written but what is wrong. Reading a file of XML
     * would take longer than all the rest of the log's start.
     */
    public static final class UntilConfigured extends ContextAwareBase implements Configurator {
        @Override
        public ExecutionStatus configure(LoggerContext context) {
            write(context, pattern(context), Level.WARN);
            return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
        }
    }

    private static void write(LoggerContext context, Encoder<ILoggingEvent> encoder, Level own) {
        encoder.setContext(context);
        encoder.start();
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setTarget("System.err");
        appender.setEncoder(encoder);
        appender.start();
        ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(own.isGreaterOrEqual(Level.WARN) ? own : Level.WARN);
        root.addAppender(appender);
        context.getLogger("weir").setLevel(own);
    }

    private static void require(String option, List<String> allowed, String given, List<String> problems) {
        if (!allowed.contains(given)) {
            problems.add(option + " must be "
                    + String.join(", ", allowed.subList(0, allowed.size() - 1))
                    + " or " + allowed.get(allowed.size() - 1) + ", but is '" + given + "'");
        }
    }

    /** From now on, that a client connects just when the gateway closes its port is no warning. */
    static void stopping() {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.getLogger(ACCEPTOR).setLevel(Level.ERROR);
    }

    private static PatternLayoutEncoder pattern(LoggerContext context) {
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(LINE);
        return encoder;
    }
}
