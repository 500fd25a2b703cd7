package io.weir.gateway.http;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.vertx.core.http.HttpClosedException;
import io.weir.config.MemoryPlan;
import io.weir.config.UpstreamConfig;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.ProtocolException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What goes wrong with one upstream: said to clients, who may not know its address, and logged with its cause for the operator, at most one
 * line a cause in ten seconds, or in a minute where nothing but the configuration can change it. Thread-safe.
 */
final class UpstreamFaults {
    private static final Logger LOG = LoggerFactory.getLogger("weir.upstream");
    private static final long QUIET = TimeUnit.SECONDS.toNanos(10);
    private static final long QUIET_OF_PATH = TimeUnit.MINUTES.toNanos(1);
    private static final int NOT_FOUND = 404;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int MAX_CAUSES = 8;
    private static final int MAX_TEXT = 300;

    private final UpstreamConfig upstream;

    @GuardedBy("this")
    private final Map<Kind, Line> lines = new EnumMap<>(Kind.class);

    /** What can go wrong, as clients are told. */
    enum Kind {
        UNKNOWN_HOST("its host name is not known"),
        REFUSED("it cannot be connected to: nothing listens there, or it refuses"),
        UNREACHABLE("it cannot be connected to: there is no way to it"),
        CONNECT_TIMEOUT("it cannot be connected to in time"),
        CERTIFICATE("its TLS certificate is not trusted, or is not for its name"),
        TLS("no TLS connection to it could be made"),
        NO_CONNECTION("all connections to it are in use"),
        CLOSED("it closed the connection before its answer was whole"),
        RESET("it reset the connection before its answer was whole"),
        NOT_HTTP("what it sent is not an HTTP answer"),
        IDLE("it closed the connection before it answered; the request was not sent again,"
                + " since it might be done twice"),
        SURPLUS("it sent more bytes than the answer to a request"),
        WRONG_ANSWER("what it sent is the answer to another request"),
        UNANSWERED("it ended its answer without one to the request"),
        FOREIGN_SESSION("it issued a session id that is in use by another tenant"),
        SESSION_ID("its Mcp-Session-Id is longer than " + MemoryPlan.MAX_SESSION_ID + " characters"),
        PATH("there seems to be no MCP server at the path of its url"),
        TIMEOUT("it did not finish in time");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        long quiet() {
            return this == PATH ? QUIET_OF_PATH : QUIET;
        }

        static Kind of(Throwable cause) {
            Throwable each = cause;
            for (int depth = 0; each != null && depth < MAX_CAUSES; depth++, each = each.getCause()) {
                if (each instanceof CertificateException
                        || each instanceof CertPathBuilderException
                        || each instanceof CertPathValidatorException) {
                    return CERTIFICATE;
                }
            }
            if (cause instanceof NoConnectionException) {
                return NO_CONNECTION;
            } else if (cause instanceof SSLException) {
                return TLS;
            } else if (cause instanceof UnknownHostException) {
                return UNKNOWN_HOST;
            } else if (cause.getClass().getSimpleName().contains("Timeout")) {
                return CONNECT_TIMEOUT;
            } else if (cause instanceof NoRouteToHostException) {
                return UNREACHABLE;
            } else if (cause instanceof ConnectException) {
                return String.valueOf(cause.getMessage()).contains("refused") ? REFUSED : UNREACHABLE;
            } else if (cause instanceof ProtocolException) {
                return NOT_HTTP;
            } else if (cause instanceof HttpClosedException || cause instanceof ClosedChannelException) {
                return CLOSED;
            } else if (cause instanceof IOException) {
                return RESET;
            }
            return NOT_HTTP;
        }
    }

    private static final class Line {
        private boolean written;
        private long last;
        private long leftOut;

        /** A line is written now; how many were left out before it. */
        long restart(long now) {
            long before = leftOut;
            written = true;
            last = now;
            leftOut = 0;
            return before;
        }
    }

    UpstreamFaults(UpstreamConfig upstream) {
        this.upstream = upstream;
    }

    /**
     * Logs what happened, and says it to a client.
     *
     * @param idleTooLong whether it may have met a server that was closing an idle connection
     */
    String report(Throwable cause, boolean idleTooLong) {
        Kind kind = idleTooLong ? Kind.IDLE : Kind.of(cause);
        log(kind, String.valueOf(cause.getMessage() == null ? cause : cause.getMessage()), System.nanoTime());
        String words = cause instanceof NoConnectionException ? String.valueOf(cause.getMessage()) : kind.words;
        return "The server '" + upstream.name() + "' did not answer: " + words;
    }

    /** Logs that it issued a session id that is too long to be kept, and says it to a client. */
    String longSessionId() {
        return fault(Kind.SESSION_ID, "the session is not used");
    }

    /** Logs that it issued a session id that another tenant has, and says it to a client. */
    String foreignSessionId() {
        return fault(Kind.FOREIGN_SESSION, "the first session stays, the second is not used");
    }

    /** Logs that its answer had the id of another request, and says it to a client. */
    String wrongAnswer() {
        return fault(Kind.WRONG_ANSWER, "the connection is closed");
    }

    /** Logs that its answer had none to the request, and says it to a client. */
    String unanswered() {
        return fault(Kind.UNANSWERED, "no JSON-RPC response to the request in it");
    }

    private String fault(Kind kind, String cause) {
        log(kind, cause, System.nanoTime());
        return "The server '" + upstream.name() + "' did not answer: " + kind.words;
    }

    /** Whether that is because of bytes that are no answer. */
    static boolean isNotHttp(Throwable cause) {
        return Kind.of(cause) == Kind.NOT_HTTP;
    }

    /**
     * Logs a status with which a server, asked without a session, says that there is nothing at this path.
     *
     * @param stateless whether the client is of the stateless era, whose servers may say so of a method
     */
    void answeredFirst(int status, boolean stateless) {
        if (status == METHOD_NOT_ALLOWED || (status == NOT_FOUND && !stateless)) {
            log(Kind.PATH, "it answered " + status + ": check the path of the upstream's url", System.nanoTime());
        }
    }

    /** Logs that more came on a connection than the answers to its requests. */
    void surplus() {
        log(Kind.SURPLUS, "the connection is closed and not used again", System.nanoTime());
    }

    /** Logs that it took too long. */
    void timedOut() {
        log(Kind.TIMEOUT, "request_timeout_ms is " + upstream.requestTimeout().toMillis(), System.nanoTime());
    }

    private void log(Kind kind, String cause, long now) {
        long leftOut = 0;
        synchronized (this) {
            Line line = lines.computeIfAbsent(kind, each -> new Line());
            if (line.written && now - line.last < kind.quiet()) {
                line.leftOut++;
                return;
            }
            leftOut = line.restart(now);
        }
        LOG.warn(
                "upstream '{}' at {}: {} ({}){}",
                upstream.name(),
                address(),
                kind.words,
                printable(cause),
                leftOut == 0 ? "" : "; " + leftOut + " more of these were not logged");
    }

    /** Logs how many lines were left out of what has not happened again since. */
    void sweep(long now) {
        Map<Kind, Long> quiet = new EnumMap<>(Kind.class);
        synchronized (this) {
            lines.forEach((kind, line) -> {
                if (line.leftOut > 0 && now - line.last >= kind.quiet()) {
                    quiet.put(kind, line.restart(now));
                }
            });
        }
        quiet.forEach((kind, leftOut) -> LOG.warn(
                "upstream '{}' at {}: {}; {} more of these were not logged",
                upstream.name(),
                address(),
                kind.words,
                leftOut));
    }

    private static String printable(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < Math.min(text.length(), MAX_TEXT); i++) {
            char c = text.charAt(i);
            out.append(c >= ' ' && c < 0x7f ? c : '?');
        }
        return out.toString();
    }

    /** Scheme, host and port: the rest of the URL may hold a secret. */
    private String address() {
        return upstream.url().getScheme() + "://" + upstream.url().getRawAuthority();
    }
}
