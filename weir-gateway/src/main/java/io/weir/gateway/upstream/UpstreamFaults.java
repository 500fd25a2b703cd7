package io.weir.gateway.upstream;

import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.vertx.core.http.HttpClosedException;
import io.weir.config.MemoryPlan;
import io.weir.config.UpstreamConfig;
import io.weir.gateway.http.LineLimit;
import io.weir.gateway.http.LogText;
import io.weir.gateway.jsonrpc.ResponseFault;
import io.weir.gateway.line.LineServerException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.ProtocolException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What goes wrong with one upstream: said to clients, who may not know its address, and logged with its cause for the
 * operator, at most one line a cause in ten seconds, or in a minute where nothing but the configuration can change it.
 * Thread-safe.
 */
public final class UpstreamFaults {
    private static final Logger LOG = LoggerFactory.getLogger("weir.upstream");
    private static final long QUIET = TimeUnit.SECONDS.toNanos(10);
    private static final long QUIET_OF_PATH = TimeUnit.MINUTES.toNanos(1);
    private static final int NOT_FOUND = 404;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int MAX_CAUSES = 8;
    private static final int MAX_TEXT = 300;

    /** What the JDK says of a certificate that is for another name. */
    private static final Pattern NAME = Pattern.compile("^No (subject alternative|name matching)");

    /** What a server says that wants another certificate of its client, or one at all (RFC 8446, section 6.2). */
    private static final Pattern REFUSED_CERTIFICATE = Pattern.compile(
            "fatal alert: (certificate_|bad_certificate|unsupported_certificate|unknown_ca|access_denied)");

    private final UpstreamConfig upstream;

    /** By their words, of which there are few: those of a {@link Kind} or a {@link LineServerException.Problem}. */
    private final Map<String, LineLimit> lines = new ConcurrentSkipListMap<>();

    /** What can go wrong, in words that follow the name of the upstream. */
    enum Kind {
        UNKNOWN_HOST("has an unknown host name"),
        REFUSED("refused the connection"),
        UNREACHABLE("cannot be reached: there is no route to it"),
        CONNECT_TIMEOUT("did not accept the connection in time"),
        UNTRUSTED("has a TLS certificate of a CA that is not trusted", "tls_ca names a file of the CAs that are"),
        EXPIRED("has a TLS certificate that has expired, or is not valid yet", "renew it, or check the clocks"),
        OTHER_NAME("has a TLS certificate that is for another name", "tls_server_name says which name it must be for"),
        CLIENT_CERTIFICATE(
                "requires a TLS certificate of the gateway, or does not accept the one it has",
                "tls_certificate and tls_key name its files"),
        HANDSHAKE(
                "ended the TLS handshake",
                "it may want a certificate of the gateway (tls_certificate and tls_key name its files), or accept none of"
                        + " the versions and ciphers of TLS that the gateway has"),
        TLS("failed the TLS handshake"),
        NO_CONNECTION("has no free connection"),
        CLOSED("closed the connection before its response was complete"),
        RESET("reset the connection before its response was complete"),
        NOT_HTTP("sent no valid HTTP response"),
        IDLE("closed the connection before it responded; the request was not sent again,"
                + " since it might run twice"),
        SURPLUS("sent more bytes than the response to a request"),
        WRONG_ANSWER("sent the response to another request"),
        NEITHER(LineServerException.Problem.NEITHER.words()),
        BOTH(LineServerException.Problem.BOTH.words()),
        UNANSWERED("ended its response without a result or an error for the request"),
        FOREIGN_SESSION("issued a session id that is in use by another tenant"),
        SESSION_ID("issued an Mcp-Session-Id of more than " + MemoryPlan.MAX_SESSION_ID + " characters"),
        PATH("seems to have no MCP server at the path of its url"),
        TIMEOUT("did not finish in time");

        private final String words;
        /** What the operator can do; empty if the words say it. */
        private final String advice;

        Kind(String words) {
            this(words, "");
        }

        Kind(String words, String advice) {
            this.words = words;
            this.advice = advice;
        }

        long quiet() {
            return this == PATH ? QUIET_OF_PATH : QUIET;
        }

        static Kind of(Throwable cause) {
            Kind tls = ofTls(cause);
            if (tls != null) {
                return tls;
            } else if (cause instanceof NoConnectionException) {
                return NO_CONNECTION;
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

        /** What is wrong with TLS; null if nothing is. */
        private static @Nullable Kind ofTls(Throwable cause) {
            Kind found = null;
            Throwable each = cause;
            for (int depth = 0; each != null && depth < MAX_CAUSES; depth++, each = each.getCause()) {
                if (each instanceof SslHandshakeTimeoutException) {
                    return CONNECT_TIMEOUT;
                } else if (each instanceof CertificateExpiredException
                        || each instanceof CertificateNotYetValidException) {
                    return EXPIRED;
                } else if (each instanceof CertificateException
                        && NAME.matcher(message(each)).find()) {
                    return OTHER_NAME;
                } else if (each instanceof CertificateException || each instanceof CertPathValidatorException) {
                    found = UNTRUSTED;
                } else if (each instanceof SSLException && found == null) {
                    found = ofAlert(message(each));
                }
            }
            return found;
        }

        /**
         * A server of TLS 1.2 may say no more than that the handshake failed (RFC 5246, section 7.4.6); the one of JDK
         * 25 does.
         */
        private static Kind ofAlert(String message) {
            if (REFUSED_CERTIFICATE.matcher(message).find()) {
                return CLIENT_CERTIFICATE;
            }
            return message.contains("fatal alert: handshake_failure") ? HANDSHAKE : TLS;
        }

        private static String message(Throwable cause) {
            return String.valueOf(cause.getMessage());
        }
    }

    public UpstreamFaults(UpstreamConfig upstream) {
        this.upstream = upstream;
    }

    /**
     * Logs what happened, and says it to a client.
     *
     * @param idleTooLong whether it may have met a server that was closing an idle connection
     */
    public String report(Throwable cause, boolean idleTooLong) {
        Throwable behind = cause instanceof LineServerException ? cause.getCause() : null;
        if (behind != null) {
            return report(behind, idleTooLong);
        }
        if (cause instanceof LineServerException child) {
            log(child.problem().words(), String.valueOf(child.getMessage()), "", QUIET, System.nanoTime());
            return "Upstream '" + upstream.name() + "' " + child.problem().words()
                    + (child.isNoneFree() ? ": " + child.getMessage() : "");
        }
        Kind kind = idleTooLong ? Kind.IDLE : Kind.of(cause);
        log(kind, String.valueOf(cause.getMessage() == null ? cause : cause.getMessage()), System.nanoTime());
        return said(kind) + (cause instanceof NoConnectionException ? ": " + cause.getMessage() : "");
    }

    /** Logs that it issued a session id that is too long to be kept, and says it to a client. */
    public String longSessionId() {
        return fault(Kind.SESSION_ID, "the session is not used");
    }

    /** Logs that it issued a session id that another tenant has, and says it to a client. */
    public String foreignSessionId() {
        return fault(Kind.FOREIGN_SESSION, "the first session stays, the second is not used");
    }

    /** Logs that its answer had the id of another request, and says it to a client. */
    public String wrongAnswer() {
        return fault(Kind.WRONG_ANSWER, "the connection is closed");
    }

    /** Logs that its answer is no response, though it has the id of the request, and says it to a client. */
    public String invalidAnswer(ResponseFault fault) {
        return fault(fault == ResponseFault.BOTH ? Kind.BOTH : Kind.NEITHER, "the connection is closed");
    }

    /** Logs that its answer had none to the request, and says it to a client. */
    public String unanswered() {
        return fault(Kind.UNANSWERED, "no JSON-RPC response to the request in it");
    }

    private String fault(Kind kind, String cause) {
        log(kind, cause, System.nanoTime());
        return said(kind);
    }

    private String said(Kind kind) {
        return "Upstream '" + upstream.name() + "' " + kind.words;
    }

    /** Whether that is because of bytes that are no answer. */
    public static boolean isNotHttp(Throwable cause) {
        return !(cause instanceof LineServerException) && Kind.of(cause) == Kind.NOT_HTTP;
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
    public void timedOut() {
        log(Kind.TIMEOUT, "request_timeout_ms is " + upstream.requestTimeout().toMillis(), System.nanoTime());
    }

    private void log(Kind kind, String cause, long now) {
        log(kind.words, cause, kind.advice, kind.quiet(), now);
    }

    private void log(String words, String cause, String advice, long quiet, long now) {
        long leftOut = lines.computeIfAbsent(words, each -> new LineLimit(1, quiet, now))
                .takeLine(now);
        if (leftOut == LineLimit.NO_LINE) {
            return;
        }
        LOG.warn(
                "upstream '{}' at {} {} ({}){}{}",
                upstream.name(),
                address(),
                words,
                LogText.escape(cause, MAX_TEXT),
                advice.isEmpty() ? "" : "; " + advice,
                LineLimit.noteLeftOut(leftOut));
    }

    /** Logs how many lines were left out of what has not happened again since. */
    public void sweep(long now) {
        lines.forEach((words, line) -> {
            long leftOut = line.takeLeftOut(now);
            if (leftOut > 0) {
                LOG.warn("upstream '{}' at {} {}{}", upstream.name(), address(), words, LineLimit.noteLeftOut(leftOut));
            }
        });
    }

    private String address() {
        return upstream.transport().describe();
    }
}
