package io.weir.gateway.mcp;

import io.weir.core.Reason;
import io.weir.core.Rejection;
import io.weir.core.Scope;
import io.weir.gateway.jsonrpc.JsonRpcError;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The refusal contract: how a rejection is written as a JSON-RPC error, alike on every transport. Thread-safe. */
public final class RejectionWriter {
    private final int code;

    /** @param code the error code of every rejection, such as -31429 */
    public RejectionWriter(int code) {
        this.code = code;
    }

    /**
     * The error for a rejected request. Its data says when to try again only where that is known.
     *
     * @param id the id of the request exactly as it stood in the body; null where there is none to respond to
     * @param messages how many messages were offered together
     * @param bytes their size on the wire
     */
    public JsonRpcError error(@Nullable String id, Rejection rejection, int messages, long bytes) {
        return new JsonRpcError(id, code, message(rejection, messages, bytes), data(rejection));
    }

    /** When to try again, in milliseconds, rounded up; 0 where that is not known, negative where no waiting helps. */
    public static long retryAfterMillis(Rejection rejection) {
        return rejection.retryAfterNanos() < 0 ? Rejection.NEVER : millis(rejection.retryAfterNanos());
    }

    private static long millis(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(nanos + TimeUnit.MILLISECONDS.toNanos(1) - 1);
    }

    /** What was taken of the limit, in its unit; a time in milliseconds. */
    public static long current(Rejection rejection) {
        return isTime(rejection) ? millis(rejection.current()) : rejection.current();
    }

    /** The limit, in its unit; a time in milliseconds. */
    public static long limit(Rejection rejection) {
        return isTime(rejection) ? millis(rejection.limit()) : rejection.limit();
    }

    private static boolean isTime(Rejection rejection) {
        return rejection.reason().unit() == Reason.Unit.NANOSECONDS;
    }

    private static String data(Rejection rejection) {
        StringBuilder out = new StringBuilder(128)
                .append("{\"reason\":\"")
                .append(rejection.reason().key())
                .append("\",\"scope\":\"")
                .append(rejection.scope().key())
                .append("\",\"current\":")
                .append(current(rejection))
                .append(",\"limit\":")
                .append(limit(rejection));
        if (rejection.retryAfterNanos() > 0) {
            out.append(",\"retryAfterMs\":").append(retryAfterMillis(rejection));
        }
        return out.append('}').toString();
    }

    private static String message(Rejection rejection, int messages, long bytes) {
        if (rejection.retryAfterNanos() < 0) {
            return "Too large: " + tooLarge(rejection, messages, bytes);
        }
        return switch (rejection.reason()) {
            case STREAMS -> "Overloaded: " + streams(rejection);
            case SESSION_AGE ->
                "Session not found: it has reached its maximum age of " + limit(rejection) + " ms; open a new one";
            case CONNECTION_AGE ->
                "Too old: this connection has reached its maximum age of " + limit(rejection) + " ms; connect again";
            case CIRCUIT_OPEN -> "Unavailable: the upstream is failing and its circuit is open" + advice(rejection);
            case EXPIRED ->
                "Expired: waited " + current(rejection)
                        + " ms in the queue and never reached the server; retry later, or allow more time";
            case RESET ->
                "Reset: the session ended, or the operator reset the connection, before this reached the server;"
                        + " send it again";
            case CANCELLED -> "Cancelled: removed from the queue, never reached the server";
            case CLOSED -> "Shutting down: the gateway accepts no new requests" + advice(rejection);
            default -> "Overloaded: " + overloaded(rejection, bytes) + advice(rejection);
        };
    }

    /** What a client is told who opened too many streams. */
    public static String streams(Rejection rejection) {
        EdgeCap cap = EdgeCap.onStreams(rejection.scope());
        return cap.owner() + " has " + taken(rejection) + " streams open (" + cap.key("streams") + "); close one first";
    }

    private static String overloaded(Rejection rejection, long bytes) {
        String who = who(rejection);
        return switch (rejection.reason()) {
            case CONNECTION_BYTES, TENANT_BYTES, GLOBAL_BYTES ->
                who + " has " + taken(rejection) + " bytes pending, and this is " + bytes + " more";
            case RATE, TENANT_RATE -> who + " sends more than " + rejection.limit() + " messages per second";
            case CONTROL, GLOBAL_CONTROL -> who + " has " + taken(rejection) + " control messages pending";
            case PRIORITY -> who + " has " + taken(rejection) + " messages pending, and low-priority messages are shed";
            case WAIT ->
                "estimated wait " + current(rejection) + " ms exceeds the limit of " + limit(rejection) + " ms";
            case DROPPED_OLDEST ->
                "a later message of this connection replaced this one in the queue; send fewer at once";
            default -> who + " has " + taken(rejection) + " messages pending";
        };
    }

    private static String tooLarge(Rejection rejection, int messages, long bytes) {
        String limit = " can never fit the " + who(rejection) + "'s limit of " + rejection.limit();
        return switch (rejection.reason().unit()) {
            case BYTES -> "message of " + bytes + " bytes" + limit + " bytes";
            case MESSAGES_PER_SECOND -> "batch of " + messages + " messages" + limit + " messages per second";
            default -> "batch of " + messages + " messages" + limit + " messages";
        };
    }

    private static String taken(Rejection rejection) {
        return rejection.current() + " of " + rejection.limit();
    }

    private static String who(Rejection rejection) {
        return rejection.scope() == Scope.GLOBAL ? "gateway" : rejection.scope().key();
    }

    private static String advice(Rejection rejection) {
        return rejection.retryAfterNanos() > 0 ? "; retry in " + retryAfterMillis(rejection) + " ms" : "; retry later";
    }
}
