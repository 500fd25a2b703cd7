package io.weir.gateway.session;

import io.weir.core.Outcome;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.admission.Reservation;
import io.weir.core.queue.UpstreamQueue;
import io.weir.gateway.jsonrpc.Envelope;
import io.weir.gateway.jsonrpc.JsonRpcError;
import io.weir.gateway.jsonrpc.Message;
import io.weir.gateway.mcp.Lane;
import io.weir.gateway.mcp.McpMethods;
import io.weir.gateway.mcp.Refusal;
import io.weir.gateway.mcp.RefusalWriter;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Offers bodies to the core's admission, each message on its lane, and puts what the core decides into the words of MCP.
 * Thread-safe.
 */
public final class RequestAdmission {
    private static final String BATCH = "batch";

    private final Admission admission;
    private final Upstreams upstreams;
    private final RefusalWriter refusals;
    private final int maxClients;
    private final PendingRequests pending = new PendingRequests();
    private final RejectionCounters rejections = new RejectionCounters();

    /**
     * Offers to those queues.
     *
     * @param admission what these queues ask
     * @param refusalCode the JSON-RPC error code of refusals
     * @param maxClients how many clients are remembered at a time
     */
    public RequestAdmission(Admission admission, Upstreams upstreams, int refusalCode, int maxClients) {
        this.maxClients = maxClients;
        this.admission = admission;
        this.upstreams = upstreams;
        this.refusals = new RefusalWriter(refusalCode);
    }

    /** Whether a client is known, or is from now on; false if so many are that hold something that there is no room for another. */
    public boolean knows(Client client, long now) {
        return admission.connection(client.tenant(), client.connection(), maxClients, now) != null;
    }

    /** Sessions have a cap of their own, so theirs is made in any case; but then too what holds nothing makes room for it. */
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

    /** How long a body is to wait, in nanoseconds, since its client sends more control messages than its rate; 0 for all else. */
    public long controlWaitNanos(Client client, Envelope envelope, long now) {
        List<Message> messages = envelope.messages();
        if (!isControl(messages)) {
            return 0;
        }
        Connection connection = connection(client, now);
        return Math.max(0, admission.controlWaitNanos(connection, messages.size(), now));
    }

    /**
     * Decides on a body. A batch is charged as its messages; one that holds nothing but control messages goes on the
     * control lane, and of a refused one the control messages that await no answer go on alone.
     *
     * @param body the bytes that the envelope was read from
     * @param now nanoseconds of the monotonic clock
     */
    public Verdict offer(String upstream, AdmissionCallback sender, Envelope envelope, Payload body, long now) {
        Client client = sender.client();
        Connection connection = connection(client, now);
        List<Message> messages = envelope.messages();
        if (isControl(messages)) {
            Cancellation cancellation = cancel(upstream, sender, messages, now);
            return cancellation == null
                    ? new Verdict.Taken()
                    : control(upstream, connection, sender, messages.size(), body.length(), cancellation, now);
        }
        if (isStream(envelope)) {
            StreamExchange exchange =
                    new StreamExchange(upstreams.holds(), connection, body.length(), sender.session(), now);
            Decision decision = exchange.offer(now);
            return decision == Decision.ADMITTED
                    ? new Verdict.Forward(exchange, false, Cancellation.NONE)
                    : reject(upstream, decision, exchange, sender, envelope, body, now);
        }
        return queued(upstream, connection, sender, envelope, body, now);
    }

    /** What was rejected, and not reported yet. */
    public RejectionCounters rejections() {
        return rejections;
    }

    /** Whether it is a stream, which would hold a slot for hours. */
    private static boolean isStream(Envelope envelope) {
        return !envelope.batch()
                && McpMethods.SUBSCRIPTIONS_LISTEN.equals(
                        envelope.messages().get(0).method());
    }

    private Verdict control(
            String upstream,
            Connection connection,
            AdmissionCallback sender,
            int messages,
            int bytes,
            Cancellation cancellation,
            long now) {
        DirectExchange exchange = new DirectExchange(admission, sender.session(), now);
        if (admission.admitControl(connection, exchange.reservation, messages, bytes, now) == Decision.ADMITTED) {
            return new Verdict.Forward(exchange, true, cancellation);
        }
        rejections.count(upstream, exchange.refusal(messages, bytes).reason(), connection.tenant(), messages);
        exchange.over(now);
        return new Verdict.Close();
    }

    /** Takes the cancelled requests out of the queue. Those in flight remain; null if these messages cancel nothing else. */
    private @Nullable Cancellation cancel(String upstream, AdmissionCallback sender, List<Message> messages, long now) {
        boolean done = true;
        List<QueuedExchange> inFlight = new ArrayList<>(0);
        for (Message message : messages) {
            String id = message.cancels();
            QueuedExchange found = id == null ? null : find(upstream, sender.client(), sender.session(), id);
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

    private @Nullable QueuedExchange find(String upstream, Client client, @Nullable Session session, String id) {
        return session == null ? pending.findOnly(upstream, client, id) : pending.find(upstream, client, id);
    }

    private Verdict queued(
            String upstream,
            Connection connection,
            AdmissionCallback sender,
            Envelope envelope,
            Payload body,
            long now) {
        List<Message> messages = envelope.messages();
        UpstreamQueues queues = upstreams.of(upstream);
        UpstreamQueues.QueueSettings treatment = queues.of(messages);
        QueuedExchange exchange = new QueuedExchange(
                treatment,
                connection,
                sender,
                work(envelope),
                messages.size(),
                body.length(),
                ttlNanos(treatment, sender, messages),
                treatment.weight() * queues.weight(connection.tenant()),
                now);
        Decision decision = exchange.offer(now);
        if (!decision.isAdmitted()) {
            return reject(upstream, decision, exchange, sender, envelope, body, now);
        }
        Message only = messages.get(0);
        String id = only.id();
        if (!envelope.batch() && isRequest(only) && id != null) {
            exchange.findAt(pending.place(upstream, sender.client(), id));
        }
        return decision == Decision.DISPATCHED
                ? new Verdict.Forward(exchange, false, Cancellation.NONE)
                : new Verdict.Wait(exchange);
    }

    /** Abandons all that waits of a session that has ended. */
    public void reset(Session session, long now) {
        Connection connection = connection(session.client(), now);
        for (UpstreamQueue queue : upstreams.of(session.upstream()).all()) {
            queue.reset(connection, now);
        }
    }

    /** What cost and latency are learned by. The names of tools, of methods and of batches never coincide. */
    private static String work(Envelope envelope) {
        if (envelope.batch()) {
            return BATCH;
        }
        Message message = envelope.messages().get(0);
        String method = String.valueOf(message.method());
        String tool = message.target();
        if (tool == null || !method.equals(McpMethods.TOOLS_CALL)) {
            return method.indexOf('/') < 0 ? "method/" + method : method;
        }
        return tool.indexOf('/') >= 0 || tool.equals(BATCH) ? McpMethods.TOOLS_CALL + '/' + tool : tool;
    }

    /** The shortest of what is configured and what the client says. */
    private static long ttlNanos(
            UpstreamQueues.QueueSettings treatment, AdmissionCallback sender, List<Message> messages) {
        long nanos = Math.min(treatment.ttlNanos(), sender.patienceNanos());
        for (Message message : messages) {
            if (message.timeoutMillis() != Message.NO_TIMEOUT) {
                nanos = Math.min(nanos, TimeUnit.MILLISECONDS.toNanos(message.timeoutMillis()));
            }
        }
        return Math.max(1, nanos);
    }

    private Verdict.Rejected reject(
            String upstream,
            Decision decision,
            Exchange exchange,
            AdmissionCallback sender,
            Envelope envelope,
            Payload body,
            long now) {
        exchange.over(now);
        return answered(upstream, decision, exchange, sender, envelope, body, now);
    }

    /** How to answer what was abandoned while it waited. */
    public Verdict.Rejected reject(
            String upstream, Exchange exchange, AdmissionCallback sender, Envelope envelope, Payload body, long now) {
        boolean dropped = exchange instanceof QueuedExchange queued && queued.isDropped();
        return answered(upstream, dropped ? Decision.DROPPED : Decision.REFUSED, exchange, sender, envelope, body, now);
    }

    private Verdict.Rejected answered(
            String upstream,
            Decision decision,
            Exchange exchange,
            AdmissionCallback sender,
            Envelope envelope,
            Payload body,
            long now) {
        List<Message> messages = envelope.messages();
        Refusal refusal = exchange.refusal(messages.size(), body.length());
        if (isReported(refusal.limitOf())) {
            rejections.count(upstream, refusal.reason(), sender.client().tenant(), messages.size());
        }
        Connection connection = connection(sender.client(), now);
        return new Verdict.Rejected(
                answer(envelope, refusal),
                messages.stream().anyMatch(RequestAdmission::isRequest),
                decision == Decision.DROPPED && admission.config().queueLimits().dropSilently(),
                decision == Decision.DISCONNECTED,
                Math.max(0, refusal.retryAfterMillis()),
                remainder(connection, sender.session(), messages, body, now));
    }

    /** Whether an operator wants to hear of it; what a client took back and what a shutdown ends is no rejection. */
    private static boolean isReported(Refusal.LimitOf limit) {
        return limit != Refusal.LimitOf.CANCELLED && limit != Refusal.LimitOf.SHUTDOWN;
    }

    private static boolean isControl(List<Message> messages) {
        for (Message message : messages) {
            if (Lane.of(message) != Lane.CONTROL) {
                return false;
            }
        }
        return true;
    }

    private static boolean isRequest(Message message) {
        return message.kind() == Message.Kind.REQUEST;
    }

    /** The JSON to answer a body with that was refused: an error, or an array of them. */
    public byte[] answer(Envelope envelope, Refusal refusal) {
        if (!envelope.batch()) {
            return refusals.answer(envelope.messages().get(0).id(), refusal).toBytes();
        }
        JsonRpcError any = refusals.answer(null, refusal);
        List<JsonRpcError> answers = new ArrayList<>();
        for (Message message : envelope.messages()) {
            if (isRequest(message)) {
                answers.add(new JsonRpcError(message.id(), any.code(), any.message(), any.data()));
            }
        }
        return answers.isEmpty() ? any.toBytes() : JsonRpcError.toBytes(answers);
    }

    private Verdict.@Nullable Remainder remainder(
            Connection connection, @Nullable Session session, List<Message> messages, Payload body, long now) {
        List<Message> kept = messages.stream()
                .filter(message -> !isRequest(message) && Lane.of(message) == Lane.CONTROL)
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
            body.writeTo(array, message.start(), message.end());
        }
        array.write(']');
        DirectExchange exchange = new DirectExchange(admission, session, now);
        if (admission.admitControl(connection, exchange.reservation, kept.size(), array.size(), now)
                != Decision.ADMITTED) {
            exchange.over(now);
            return null;
        }
        return new Verdict.Remainder(array.toByteArray(), exchange);
    }
}
