package io.weir.gateway.session;

import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.admission.Permit;
import io.weir.core.admission.Reason;
import io.weir.gateway.jsonrpc.Envelope;
import io.weir.gateway.jsonrpc.ErrorAnswer;
import io.weir.gateway.jsonrpc.Message;
import io.weir.gateway.mcp.Lane;
import io.weir.gateway.mcp.Refusal;
import io.weir.gateway.mcp.RefusalWriter;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Offers bodies to the core's admission, each message on its lane, and puts what the core decides into the words of MCP.
 * Thread-safe.
 */
public final class Gatekeeper {
    private final Admission admission;
    private final RefusalWriter refusals;
    private final Map<String, ServiceTime> serviceTimes = new ConcurrentHashMap<>();

    /**
     * Offers to that admission.
     *
     * @param refusalCode the JSON-RPC error code of refusals
     */
    public Gatekeeper(Admission admission, int refusalCode) {
        this.admission = admission;
        this.refusals = new RefusalWriter(refusalCode);
    }

    /**
     * Decides on a body. A batch is charged as its messages; one that holds nothing but control messages goes on the
     * control lane, and of a refused one the control messages that await no answer go on alone.
     *
     * @param session the session that it belongs to, if an upstream issued it
     * @param body the bytes that the envelope was read from
     * @param now nanoseconds of the monotonic clock
     */
    public Verdict offer(
            String upstream, Client client, @Nullable Session session, Envelope envelope, byte[] body, long now) {
        Connection connection = admission.connection(client.tenant(), client.connection(), now);
        ServiceTime serviceTime = serviceTimes.computeIfAbsent(upstream, name -> new ServiceTime());
        List<Message> messages = envelope.messages();
        Permit permit = new Permit();
        if (isControl(messages)) {
            Decision decision = admission.admitControl(connection, permit, messages.size(), body.length, now);
            return decision == Decision.ADMITTED
                    ? new Verdict.Forward(new Exchange(admission, serviceTime, permit, session, now), true)
                    : new Verdict.Close();
        }
        Decision decision = admission.admit(connection, permit, messages.size(), body.length, now);
        if (decision == Decision.ADMITTED) {
            return new Verdict.Forward(new Exchange(admission, serviceTime, permit, session, now), false);
        }
        Refusal refusal = refusal(permit, messages.size(), body.length, serviceTime);
        return new Verdict.TurnAway(
                answer(envelope, refusal),
                messages.stream().anyMatch(Gatekeeper::isRequest),
                decision == Decision.DROPPED && admission.config().queueLimits().dropSilently(),
                decision == Decision.DISCONNECTED,
                Math.max(0, refusal.retryAfterMillis()),
                remainder(connection, serviceTime, session, messages, body, now));
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

    private byte[] answer(Envelope envelope, Refusal refusal) {
        if (!envelope.batch()) {
            return refusals.answer(envelope.messages().get(0).id(), refusal).toBytes();
        }
        List<ErrorAnswer> answers = new ArrayList<>();
        for (Message message : envelope.messages()) {
            if (isRequest(message)) {
                answers.add(refusals.answer(message.id(), refusal));
            }
        }
        return answers.isEmpty() ? refusals.answer(null, refusal).toBytes() : ErrorAnswer.toBytes(answers);
    }

    private Verdict.@Nullable Remainder remainder(
            Connection connection,
            ServiceTime serviceTime,
            @Nullable Session session,
            List<Message> messages,
            byte[] body,
            long now) {
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
            array.write(body, message.start(), message.end() - message.start());
        }
        array.write(']');
        Permit permit = new Permit();
        if (admission.admitControl(connection, permit, kept.size(), array.size(), now) != Decision.ADMITTED) {
            return null;
        }
        return new Verdict.Remainder(array.toByteArray(), new Exchange(admission, serviceTime, permit, session, now));
    }

    private static Refusal refusal(Permit permit, int messages, int bytes, ServiceTime serviceTime) {
        Reason reason = Objects.requireNonNull(permit.reason());
        return new Refusal(
                reason.key(),
                reason.scope().key(),
                limitOf(reason),
                permit.current(),
                permit.limit(),
                reason.unit() == Reason.Unit.BYTES ? bytes : messages,
                retryAfterMillis(permit, serviceTime));
    }

    private static Refusal.LimitOf limitOf(Reason reason) {
        return switch (reason) {
            case CONNECTION_MESSAGES,
                    TENANT_MESSAGES,
                    GLOBAL_MESSAGES,
                    PRIORITY,
                    WAIT,
                    CIRCUIT_OPEN,
                    EXPIRED,
                    DROPPED_OLDEST,
                    RESET -> Refusal.LimitOf.MESSAGES;
            case CONNECTION_BYTES, TENANT_BYTES, GLOBAL_BYTES -> Refusal.LimitOf.BYTES;
            case RATE, TENANT_RATE -> Refusal.LimitOf.RATE;
            case CONTROL, GLOBAL_CONTROL -> Refusal.LimitOf.CONTROL;
            case CLOSED -> Refusal.LimitOf.SHUTDOWN;
        };
    }

    /** A rate's wait is exact, rounded up; that of a queue is about one exchange. */
    private static long retryAfterMillis(Permit permit, ServiceTime serviceTime) {
        long nanos = permit.retryAfterNanos();
        if (nanos < 0) {
            return Refusal.NEVER;
        }
        return nanos == 0
                ? serviceTime.retryAfterMillis()
                : TimeUnit.NANOSECONDS.toMillis(nanos + TimeUnit.MILLISECONDS.toNanos(1) - 1);
    }
}
