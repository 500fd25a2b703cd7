package io.weir.gateway.proxy;

import io.vertx.core.MultiMap;
import io.weir.core.Outcome;
import io.weir.core.Reason;
import io.weir.core.Rejection;
import io.weir.gateway.admission.InboundRequest;
import io.weir.gateway.jsonrpc.Message;
import io.weir.gateway.mcp.ErrorCodes;
import io.weir.gateway.mcp.McpMethods;
import io.weir.gateway.session.Client;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What became of one request of a client: when it came, waited, was sent and ended, and how. It has no content of
 * messages; names that clients chose are cut to {@value #MAX_NAME} characters. It has ended when its outcome is known
 * and its response has ended, or nobody reads that. Confined to the event loop of its client until then, and immutable
 * afterwards.
 */
public final class RequestRecord {
    /** The longest name that is kept, in characters. */
    public static final int MAX_NAME = 128;

    /** What no limit and no upstream has said. */
    static final String CONTROL_CLOSED = "control_closed";

    static final String MALFORMED = "malformed";

    private static final String REJECTED = "rejected";

    private final String front;
    private final @Nullable String httpMethod;
    private final @Nullable Consumer<RequestRecord> log;
    private final @Nullable Tracer tracer;
    private final Instant startedAt = Instant.now();
    private final long started = System.nanoTime();
    private String address;
    private @Nullable String upstream;
    private @Nullable Client client;
    private @Nullable String method;
    private @Nullable String target;
    private @Nullable String operation;
    private @Nullable String id;
    private int messages;
    private long requestBytes;
    private long responseBytes;
    private int status;
    private int errorCode;
    private @Nullable String outcome;
    private @Nullable String reason;
    private @Nullable Rejection rejection;
    private @Nullable String traceId;
    private @Nullable Trace trace;
    private boolean queued;
    private long queuedAt;
    private long leftQueueAt;
    private boolean sent;
    private long sentAt;
    private boolean answered;
    private long answeredAt;
    private long endedAt;
    private boolean handling;
    private boolean responded;
    private boolean clientGone;
    private boolean over;

    /** Traces requests. Thread-safe. */
    public interface Tracer {
        /** Begins the trace of a request, whose message is known by now if it has one. */
        Trace begin(RequestRecord request, @Nullable TraceContext parent);
    }

    /** The trace of one request. */
    public interface Trace {
        /** Its id: 32 hexadecimal digits. */
        String traceId();

        /** Says in the headers for the upstream which trace its work is part of. */
        void propagate(MultiMap headers);

        /** The request has ended. */
        void end(RequestRecord request);
    }

    /**
     * A request that came just now.
     *
     * @param front {@code http} or {@code tcp}
     * @param httpMethod over HTTP, of the request
     * @param address that its client connects from
     */
    RequestRecord(
            String front,
            @Nullable String httpMethod,
            String address,
            @Nullable Consumer<RequestRecord> log,
            @Nullable Tracer tracer) {
        this.front = front;
        this.httpMethod = httpMethod == null ? null : cut(httpMethod);
        this.address = address;
        this.log = log;
        this.tracer = tracer;
    }

    private static String cut(String name) {
        return name.length() <= MAX_NAME ? name : name.substring(0, MAX_NAME);
    }

    /** Notes the address that a trusted proxy names. */
    public void from(String clientAddress) {
        address = clientAddress;
    }

    /** Notes who has sent it, and to which upstream. */
    public void identified(Client who, String to) {
        client = who;
        upstream = to;
    }

    /** Notes what was sent, before anything is decided on it, and begins its trace. An outcome follows. */
    void received(InboundRequest request, MultiMap headers) {
        identified(request.client(), request.upstream());
        Message first = request.first();
        boolean batch = request.envelope().batch();
        if (!batch) {
            method = first.method() == null ? null : cut(first.method());
            id = first.id() == null ? null : cut(first.id());
            boolean named = McpMethods.TOOLS_CALL.equals(method) || McpMethods.PROMPTS_GET.equals(method);
            target = named && first.target() != null ? cut(first.target()) : null;
        }
        operation = cut(request.operation());
        messages = request.messages().size();
        requestBytes = request.body().length();
        handling = true;
        beginTrace(TraceContext.of(headers, batch ? null : first.trace()), headers);
    }

    /**
     * Notes that it has no message, as a GET or DELETE, before anything is decided on it, and begins its trace.
     *
     * @param headers of the request, which say from here on which trace the work of the upstream is part of
     */
    public void receivedWithoutMessage(MultiMap headers) {
        beginTrace(TraceContext.of(headers, null), headers);
    }

    private void beginTrace(@Nullable TraceContext parent, MultiMap headers) {
        traceId = parent == null ? null : parent.traceId();
        if (tracer != null) {
            Trace begun = tracer.begin(this, parent);
            trace = begun;
            traceId = begun.traceId();
            begun.propagate(headers);
        }
    }

    /** Notes that it waits in a queue. */
    void queued(long now) {
        queued = true;
        queuedAt = now;
        leftQueueAt = now;
    }

    /** Notes that it waits no longer. */
    void leftQueue(long now) {
        leftQueueAt = Math.max(queuedAt, now);
    }

    /** Notes that the upstream is given it. */
    void sent(long now) {
        sent = true;
        sentAt = now;
    }

    /** Notes that the upstream has begun to respond. */
    void answered() {
        answered = true;
    }

    /** Notes how it ended, as the core counts it; the first end counts. */
    void ended(Outcome how, long now) {
        decide(how.key(), null, now);
    }

    /** Notes the error of the gateway's own that its client is given although the request was admitted. */
    void told(int code) {
        if (over) {
            return;
        }
        errorCode = code;
        if (reason == null && code == ErrorCodes.UPSTREAM_FAILED) {
            fail("upstream_failed");
        } else if (reason == null && code == ErrorCodes.UPSTREAM_TIMED_OUT) {
            fail("upstream_timed_out");
        }
    }

    /** Notes that it is cut off because the gateway stops. */
    void cutOff() {
        if (!over) {
            fail(Reason.CLOSED.key());
        }
    }

    /**
     * What its client is told counts, also where the core counts no failure because it is no evidence against the
     * upstream.
     */
    private void fail(String why) {
        if (outcome == null) {
            answeredAt = System.nanoTime();
        }
        outcome = Outcome.FAILED.key();
        reason = why;
        handling = false;
        endIfOver();
    }

    /** Notes the limit that rejected it, or why it left its queue. */
    public void rejected(Rejection by, int code) {
        if (outcome != null) {
            return;
        }
        errorCode = code;
        rejection = by;
        Outcome left = switch (by.reason()) {
            case EXPIRED -> Outcome.EXPIRED;
            case CANCELLED -> Outcome.CANCELLED;
            case DROPPED_OLDEST, RESET -> Outcome.EVICTED;
            case CLOSED -> queued ? Outcome.EVICTED : null;
            default -> null;
        };
        decide(left == null ? REJECTED : left.key(), by.reason().key(), System.nanoTime());
    }

    /** Notes that it was rejected, and not by a limit. */
    public void rejected(String why, int code) {
        if (outcome != null) {
            return;
        }
        errorCode = code;
        decide(REJECTED, why, System.nanoTime());
    }

    /** As {@link #rejected(String, int)}, since nothing new begins any more. */
    void rejectedAtShutdown(int code) {
        rejected(Reason.CLOSED.key(), code);
    }

    private void decide(String what, @Nullable String why, long now) {
        if (outcome == null) {
            outcome = what;
            reason = why;
            answeredAt = now;
        }
        handling = false;
        endIfOver();
    }

    /**
     * Notes that its response has ended; the first time counts.
     *
     * @param httpStatus over HTTP; 0 if there is none
     * @param bytes of its body
     * @param gone whether the client has left before that
     */
    public void responded(int httpStatus, long bytes, boolean gone) {
        if (!responded) {
            responded = true;
            status = httpStatus;
            responseBytes = bytes;
            clientGone = gone;
            endIfOver();
        }
    }

    private void endIfOver() {
        if (over || handling || !responded) {
            return;
        }
        over = true;
        endedAt = System.nanoTime();
        if (outcome == null) {
            outcome = withoutDecision();
            answeredAt = endedAt;
        }
        Trace begun = trace;
        if (begun != null) {
            begun.end(this);
        }
        if (log != null) {
            log.accept(this);
        }
    }

    /** What became of a request that nothing is decided on: one without a message, or that was not read. */
    private String withoutDecision() {
        if (answered) {
            return Outcome.COMPLETED.key();
        }
        if (clientGone) {
            return Outcome.CANCELLED.key();
        }
        if (sent) {
            return Outcome.FAILED.key();
        }
        return status >= 400 ? REJECTED : Outcome.COMPLETED.key();
    }

    /** {@code http} or {@code tcp}. */
    public String front() {
        return front;
    }

    /** Over HTTP, of the request; null elsewhere. */
    public @Nullable String httpMethod() {
        return httpMethod;
    }

    /** When it came, by the clock on the wall. */
    public Instant startedAt() {
        return startedAt;
    }

    /** The address that its client connects from. */
    public String address() {
        return address;
    }

    /** The upstream that it was for; null if it was not served. */
    public @Nullable String upstream() {
        return upstream;
    }

    /** Who has sent it; null if that is not known. */
    public @Nullable Client client() {
        return client;
    }

    /** The method of its message; null for a response, a batch, and where there is no message. */
    public @Nullable String method() {
        return method;
    }

    /** The tool of a {@code tools/call}, or the prompt of a {@code prompts/get}; null elsewhere. */
    public @Nullable String target() {
        return target;
    }

    /** What cost and latency are learned by; null where there is no message. */
    public @Nullable String operation() {
        return operation;
    }

    /** The id of its message as it stood in the body; null where there is none. */
    public @Nullable String id() {
        return id;
    }

    /** How many messages: more than one in a batch, 0 where there is none. */
    public int messages() {
        return messages;
    }

    /** What became of it: {@code rejected}, or a key of {@link Outcome}. To be called when it has ended. */
    public String outcome() {
        return String.valueOf(outcome);
    }

    /** Why: a key of {@link Reason}, or what went wrong; null where nothing did. */
    public @Nullable String reason() {
        return reason;
    }

    /** What rejected it; null if it was no limit. */
    public @Nullable Rejection rejection() {
        return rejection;
    }

    /** The HTTP status of the response; 0 if there is none. */
    public int status() {
        return status;
    }

    /** The JSON-RPC error code of the gateway's own; 0 if it has given none. */
    public int errorCode() {
        return errorCode;
    }

    /** Whether the client left before it was answered. */
    public boolean isClientGone() {
        return clientGone;
    }

    /** The bytes of its body or line; 0 where there is none, or it was not read. */
    public long requestBytes() {
        return requestBytes;
    }

    /** The bytes of the body of the response, or of its lines. */
    public long responseBytes() {
        return responseBytes;
    }

    /** The id of the trace that it is part of; null if there is none. */
    public @Nullable String traceId() {
        return traceId;
    }

    /** Whether it has waited in a queue. */
    public boolean wasQueued() {
        return queued;
    }

    /** When it came to its queue, in nanoseconds since it came. */
    public long queuedAfterNanos() {
        return queued ? Math.max(0, queuedAt - started) : 0;
    }

    /** How long it waited in its queue, in nanoseconds. */
    public long queueNanos() {
        return queued ? leftQueueAt - queuedAt : 0;
    }

    /** Whether the upstream was given it. */
    public boolean wasSent() {
        return sent;
    }

    /** How long the upstream had it, in nanoseconds, with the wait for a connection to it. */
    public long upstreamNanos() {
        return sent ? Math.max(0, answeredAt - sentAt) : 0;
    }

    /** How long it took in all, in nanoseconds: until its outcome was known and its response had ended. */
    public long totalNanos() {
        return endedAt - started;
    }

    /** About how much memory it takes while it waits to be written, in bytes. */
    public long heapBytes() {
        return 512 + 2L * (length(method) + length(operation) + length(target) + length(id));
    }

    private static int length(@Nullable String text) {
        return text == null ? 0 : text.length();
    }

    /** When it came, in nanoseconds since 1970. */
    public long startedEpochNanos() {
        return TimeUnit.SECONDS.toNanos(startedAt.getEpochSecond()) + startedAt.getNano();
    }
}
