package io.weir.gateway.admission;

import io.weir.core.Outcome;
import io.weir.core.Reason;
import io.weir.core.Rejection;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.admission.PressureListener;
import io.weir.core.admission.Reservation;
import io.weir.core.queue.UpstreamQueue;
import io.weir.gateway.jsonrpc.JsonRpcError;
import io.weir.gateway.jsonrpc.Message;
import io.weir.gateway.mcp.BackpressureNotification;
import io.weir.gateway.mcp.Lane;
import io.weir.gateway.mcp.RejectionWriter;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Session;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Offers bodies to the core's admission, each message on its lane, and writes what the core decides in the words of
 * MCP. Thread-safe.
 */
public final class RequestAdmission {
    /** What is said where no call in flight says how long it takes: a second. */
    private static final long UNKNOWN_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Admission admission;
    private final Upstreams upstreams;
    private final ConnectionSignals signals;
    private final RejectionWriter writer;
    private final int maxClients;
    private final PendingRequests<QueuedExchange> pending = new PendingRequests<>();
    private final RejectionCounters rejections = new RejectionCounters();
    private final RecentRejections recent;

    /**
     * Offers to those queues.
     *
     * @param admission what these queues ask
     * @param signals what that admission tells of connections
     * @param errorCode the JSON-RPC error code of rejections
     * @param maxClients how many clients are remembered at a time
     */
    public RequestAdmission(
            Admission admission, Upstreams upstreams, ConnectionSignals signals, int errorCode, int maxClients) {
        this.signals = signals;
        this.maxClients = maxClients;
        this.admission = admission;
        this.recent = new RecentRejections(admission::config);
        this.upstreams = upstreams;
        this.writer = new RejectionWriter(errorCode);
    }

    /**
     * Whether a client is known, or is from now on; false if so many are that hold something that there is no room for
     * another.
     */
    public boolean knows(Client client, long now) {
        return admission.connection(client.tenant(), client.connection(), maxClients, now) != null;
    }

    /**
     * Sessions have a cap of their own, so theirs is made in any case; but then too what holds nothing makes room for
     * it.
     */
    private Connection connection(Client client, long now) {
        Connection within = admission.connection(client.tenant(), client.connection(), maxClients, now);
        return within == null ? admission.connection(client.tenant(), client.connection(), now) : within;
    }

    /** Counts a request without a body on the control lane; false if the client has sent too many. */
    public boolean countBodyless(Client client, long now) {
        Reservation reservation = new Reservation();
        Connection connection = connection(client, now);
        return admission.admitControl(connection, reservation, 1, 0, now) == Decision.ADMITTED
                && admission.release(reservation, Outcome.COMPLETED);
    }

    /**
     * How long a request is to wait, in nanoseconds, since its client sends more control messages than its rate; 0 for
     * all else.
     */
    public long controlWaitNanos(InboundRequest request, long now) {
        if (!request.isControl()) {
            return 0;
        }
        Connection connection = connection(request.client(), now);
        return Math.max(
                0, admission.controlWaitNanos(connection, request.messages().size(), now));
    }

    /**
     * As {@link #offer(Upstream, InboundRequest, AdmissionCallback, long)}, to the upstream that has the name of the
     * request's.
     */
    public Verdict offer(InboundRequest request, AdmissionCallback callback, long now) {
        return offer(Objects.requireNonNull(upstreams.find(request.upstream())), request, callback, now);
    }

    /**
     * Decides on a request. A batch is charged as its messages; one that holds nothing but control messages goes on the
     * control lane, and of a rejected one the control messages that await no response go on alone.
     *
     * @param upstream that the request is sent to if it is admitted
     * @param callback is called if the request has to wait
     * @param now nanoseconds of the monotonic clock
     */
    public Verdict offer(Upstream upstream, InboundRequest request, AdmissionCallback callback, long now) {
        if (request.isControl()) {
            Cancellation cancellation = cancel(request, now);
            return cancellation == null
                    ? new Verdict.CancelledQueued()
                    : control(request, connection(request.client(), now), cancellation, now);
        }
        UpstreamQueues queues = upstream.queues();
        UpstreamQueues.QueueSettings settings = queues.of(request.messages());
        long ttl = request.ttlNanos(settings.ttlNanos());
        Verdict verdict = decide(request, queues, settings, callback, request.mayPause(), ttl, now);
        return verdict == null ? pause(request, queues, settings, callback, now + ttl, now) : verdict;
    }

    /** Null if its connection is to be paused. */
    private @Nullable Verdict decide(
            InboundRequest request,
            UpstreamQueues queues,
            UpstreamQueues.QueueSettings settings,
            AdmissionCallback callback,
            boolean mayPause,
            long ttlNanos,
            long now) {
        Connection connection = connection(request.client(), now);
        return request.isStream()
                ? stream(request, connection, mayPause, now)
                : queued(request, queues, settings, connection, callback, mayPause, ttlNanos, now);
    }

    private Verdict pause(
            InboundRequest request,
            UpstreamQueues queues,
            UpstreamQueues.QueueSettings settings,
            AdmissionCallback callback,
            long deadline,
            long now) {
        PausedRequest held = new PausedRequest(
                ConnectionSignals.key(request.client()),
                callback,
                signals.pausedConnections(),
                (mayPause, ttl, at) -> decide(request, queues, settings, callback, mayPause, ttl, at),
                deadline);
        signals.pausedConnections().add(held);
        // It may have been drained before this was entered.
        return held.offer(now);
    }

    private @Nullable Verdict stream(InboundRequest request, Connection connection, boolean mayPause, long now) {
        StreamExchange exchange = new StreamExchange(
                upstreams.directReservations(), connection, request.body().length(), mayPause, request.session());
        Decision decision = exchange.offer(now);
        if (decision == Decision.PAUSED) {
            return null;
        }
        return decision == Decision.ADMITTED
                ? new Verdict.Forward(exchange, false, Cancellation.NONE)
                : rejected(request, decision, exchange, now);
    }

    /** What the limits tell of connections. */
    public ConnectionSignals signals() {
        return signals;
    }

    /**
     * How full the connection of a client of that upstream is, and whether that is above the threshold of its limits.
     */
    public BackpressureNotification pressure(Client client, String upstream, long now) {
        Connection connection = connection(client, now);
        PressureListener.Pressure pressure = admission.pressure(connection);
        return new BackpressureNotification(
                pressure.raised(),
                pressure.messages(),
                pressure.maxMessages(),
                pressure.bytes(),
                pressure.maxBytes(),
                pressureEnds(connection, upstream, pressure, now));
    }

    /**
     * In how many nanoseconds a connection is expected to be below the threshold of its limits again, by how long its
     * calls in flight usually take; 0 if it is below.
     */
    private long pressureEnds(Connection connection, String upstream, PressureListener.Pressure pressure, long now) {
        if (!pressure.raised()) {
            return 0;
        }
        int messages = Math.max(0, pressure.messages() - pressure.lowMessages());
        long bytes = Math.max(0, pressure.bytes() - pressure.lowBytes());
        long soonest = Long.MAX_VALUE;
        Upstream found = upstreams.find(upstream);
        for (UpstreamQueue queue : found == null ? List.<UpstreamQueue>of() : found.all()) {
            long ends = queue.expectedRelease(connection, messages, bytes, now);
            soonest = ends < 0 ? soonest : Math.min(soonest, ends);
        }
        return soonest == Long.MAX_VALUE ? UNKNOWN_NANOS : soonest;
    }

    /** What was rejected, and not reported yet. */
    public RejectionCounters rejections() {
        return rejections;
    }

    /** The requests that were rejected last. */
    public RecentRejections recentRejections() {
        return recent;
    }

    private Verdict control(InboundRequest request, Connection connection, Cancellation cancellation, long now) {
        int messages = request.messages().size();
        DirectExchange exchange = new DirectExchange(admission, request.session());
        if (exchange.admit(connection, messages, request.body().length(), now)) {
            return new Verdict.Forward(exchange, true, cancellation);
        }
        count(request, Objects.requireNonNull(exchange.rejection()));
        return new Verdict.Close();
    }

    /**
     * Takes the cancelled requests out of the queue. Those in flight remain; null if these messages cancel nothing
     * else.
     */
    private @Nullable Cancellation cancel(InboundRequest request, long now) {
        boolean done = true;
        List<QueuedExchange> inFlight = new ArrayList<>(0);
        for (Message message : request.messages()) {
            String id = message.cancels();
            QueuedExchange found = id == null ? null : find(request, id);
            if (found == null) {
                done = false;
            } else if (!found.cancel(now)) {
                done = false;
                inFlight.add(found);
            }
        }
        if (done) {
            return null;
        }
        return inFlight.isEmpty() ? Cancellation.NONE : new Cancellation(inFlight);
    }

    private @Nullable QueuedExchange find(InboundRequest by, String id) {
        return by.session() == null
                ? pending.findOnly(by.upstream(), by.client(), id)
                : pending.find(by.upstream(), by.client(), id);
    }

    private @Nullable Verdict queued(
            InboundRequest request,
            UpstreamQueues queues,
            UpstreamQueues.QueueSettings settings,
            Connection connection,
            AdmissionCallback callback,
            boolean mayPause,
            long ttlNanos,
            long now) {
        int weight = queues.weight(connection.tenant(), admission.weight(connection));
        QueuedExchange exchange =
                new QueuedExchange(settings, connection, request, ttlNanos, mayPause, weight, callback);
        Decision decision = exchange.offer(now);
        if (decision == Decision.PAUSED) {
            return null;
        }
        if (!decision.isAdmitted()) {
            return rejected(request, decision, exchange, now);
        }
        Message only = request.first();
        String id = only.id();
        if (!request.envelope().batch() && InboundRequest.isRequest(only) && id != null) {
            exchange.findAt(pending.place(request.upstream(), request.client(), id));
        }
        return decision == Decision.DISPATCHED
                ? new Verdict.Forward(exchange, false, Cancellation.NONE)
                : new Verdict.Wait(exchange);
    }

    /** Removes all that waits for that upstream of a session that has ended. */
    public void reset(Upstream upstream, Session session, long now) {
        Connection connection = connection(session.client(), now);
        for (UpstreamQueue queue : upstream.all()) {
            queue.reset(connection, now);
        }
    }

    /** How to respond to what was removed from its queue. */
    public Verdict.Rejected removed(InboundRequest request, Exchange exchange, long now) {
        boolean dropped = exchange instanceof QueuedExchange queued && queued.isDropped();
        return rejected(request, dropped ? Decision.DROPPED : Decision.REFUSED, exchange, now);
    }

    private Verdict.Rejected rejected(InboundRequest request, Decision decision, Exchange exchange, long now) {
        Rejection rejection = Objects.requireNonNull(exchange.rejection());
        return new Verdict.Rejected(
                rejection,
                isReported(rejection.reason()) ? reject(request, rejection) : errors(request, rejection),
                request.expectsResponse(),
                decision == Decision.DROPPED && admission.config().queueLimits().dropSilently(),
                decision == Decision.DISCONNECTED,
                Math.max(0, RejectionWriter.retryAfterMillis(rejection)),
                remainder(request, now));
    }

    /** Counts a request that is rejected before it is offered; the JSON to respond with. */
    public byte[] reject(InboundRequest request, Rejection rejection) {
        count(request, rejection);
        return errors(request, rejection);
    }

    private void count(InboundRequest request, Rejection rejection) {
        rejections.count(
                request.upstream(),
                rejection.reason().key(),
                request.client().tenant(),
                request.messages().size());
        recent.record(request, rejection);
    }

    /** Whether an operator wants to hear of it; what a client took back and what a shutdown ends is no rejection. */
    private static boolean isReported(Reason reason) {
        return reason != Reason.CANCELLED && reason != Reason.CLOSED;
    }

    /** The JSON to respond with to a rejected request: an error, or an array of them. */
    private byte[] errors(InboundRequest request, Rejection rejection) {
        int messages = request.messages().size();
        int bytes = request.body().length();
        if (!request.envelope().batch()) {
            return writer.error(request.first().id(), rejection, messages, bytes)
                    .toBytes();
        }
        JsonRpcError any = writer.error(null, rejection, messages, bytes);
        List<JsonRpcError> errors = new ArrayList<>();
        for (Message message : request.messages()) {
            if (InboundRequest.isRequest(message)) {
                errors.add(new JsonRpcError(message.id(), any.code(), any.message(), any.data()));
            }
        }
        return errors.isEmpty() ? any.toBytes() : JsonRpcError.toBytes(errors);
    }

    private Verdict.@Nullable ControlRemainder remainder(InboundRequest request, long now) {
        List<Message> kept = request.messages().stream()
                .filter(message -> !InboundRequest.isRequest(message) && Lane.of(message) == Lane.CONTROL)
                .toList();
        if (kept.isEmpty()) {
            return null;
        }
        ByteArrayOutputStream array = new ByteArrayOutputStream();
        array.write('[');
        for (Message message : kept) {
            if (array.size() > 1) {
                array.write(',');
            }
            request.body().writeTo(array, message.start(), message.end());
        }
        array.write(']');
        DirectExchange exchange = new DirectExchange(admission, request.session());
        return exchange.admit(connection(request.client(), now), kept.size(), array.size(), now)
                ? new Verdict.ControlRemainder(array.toByteArray(), exchange)
                : null;
    }
}
