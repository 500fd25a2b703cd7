package io.weir.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import io.weir.config.ConfigException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where the log goes: to standard error, as lines for a person or as JSON for a machine. */
final class Logging {
    private static final String LINE = "%d{HH:mm:ss.SSS} %-5level %logger{20} %replace(%msg){'[\\r\\n]+', ' '}%n%nopex";

    /** Netty's logger of connections that no event loop is there for any more. */
    private static final String ACCEPTOR = "io.netty.bootstrap.ServerBootstrap";

    private Logging() {}

    static void configure(String format) throws ConfigException {
        if (!format.equals("text") && !format.equals("json")) {
            throw new ConfigException(List.of("--log-format must be text or json, but is '" + format + "'"));
        }
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setTarget("System.err");
        Encoder<ILoggingEvent> encoder = format.equals("json") ? new JsonEncoder() : pattern(context);
        encoder.setContext(context);
        encoder.start();
        appender.setEncoder(encoder);
        appender.start();
        ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.WARN);
        root.addAppender(appender);
        context.getLogger("weir").setLevel(Level.INFO);
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
