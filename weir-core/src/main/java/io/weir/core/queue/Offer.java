package io.weir.core.queue;

import io.weir.core.Outcome;
import io.weir.core.Priority;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.admission.Reservation;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One message, or batch, that is offered to an {@link UpstreamQueue}: made by the caller, it is the reservation of the
 * limits and its own place in the queue, so that queueing allocates nothing a message. What it says is written under
 * the queue's lock and may be read by any thread that the queue has called or that has called the queue.
 */
public class Offer extends Reservation {
    /** The heaviest weight. */
    public static final int MAX_WEIGHT = 10_000;

    /**
     * Is notified what becomes of an offer that was {@linkplain Decision#QUEUED queued}: exactly one of the two,
     * exactly once, unless the offer is cancelled; maybe before {@link UpstreamQueue#offer} has returned. Called
     * outside every lock, on the thread that brought it about; an exception is swallowed, and an offer that was
     * dispatched stays in flight.
     */
    public interface Handler {
        /** Its turn has come: it is in flight, and has to be {@linkplain UpstreamQueue#finish finished}. */
        void dispatched(Offer offer, long now);

        /**
         * It left the queue without being dispatched, and holds nothing any more.
         *
         * @param outcome {@link Outcome#EXPIRED} or {@link Outcome#EVICTED}; {@link Offer#rejection} says why
         */
        void removed(Offer offer, Outcome outcome, long now);
    }

    private static final Handler NOBODY = new Handler() {
        @Override
        public void dispatched(Offer offer, long now) {
            // It was dispatched before.
        }

        @Override
        public void removed(Offer offer, Outcome outcome, long now) {
            // It has left the queue before.
        }
    };

    enum State {
        NEW,
        QUEUED,
        IN_FLIGHT,
        /** Given up, while the upstream may go on with it: it holds its slot, and nothing else. */
        ABANDONED,
        OVER
    }

    private @Nullable Handler handler;
    private final int weight;
    private final long ttlNanos;
    private final Connection connection;
    private final String operation;
    private final int messages;
    private final long bytes;
    private final Priority priority;

    volatile State state = State.NEW;
    /** What became of it in the queue; null if it was dispatched. */
    @Nullable
    Outcome outcome;

    /** What it is called in the decision log. */
    long number;

    /** Its place among all that entered the queue. */
    long order;

    long offeredAt;
    long leftAt;
    /** When its slot falls free at the latest, once it was given up. */
    long heldUntil;

    /** Microseconds of one place at the upstream, as estimated: those of all its messages. */
    long cost;

    int inFlightBefore;

    /** What is known of its operation; null while none of that kind was dispatched. */
    @Nullable
    LatencyProfile profile;

    /** How many of its operation were in flight when it was dispatched. */
    int ofOperationBefore;

    /** How many had left the upstream when it was dispatched, and of its operation. */
    int leftBefore;

    int ofOperationLeftBefore;

    long ofOperationTimeBefore;

    /** The one behind it in {@link PendingCallbacks}. */
    @Nullable
    Offer nextCallback;

    @Nullable
    Offer next;

    @Nullable
    Offer previous;

    @Nullable
    Offer nextInSlot;

    @Nullable
    Offer previousInSlot;

    @Nullable
    TenantFlow tenant;

    @Nullable
    ConnectionFlow flow;

    /* Its place among the calls of its operation while it is in flight. */
    @Nullable
    Operation calls;

    @Nullable
    Offer olderCall;

    @Nullable
    Offer youngerCall;

    int epoch;

    /* Which trials it is, of the upstream and of its own operation. */
    int upstreamEpoch = Circuit.NO_TRIAL;
    int circuitEpoch = Circuit.NO_TRIAL;

    @Nullable
    Circuit circuit;

    /**
     * An offer.
     *
     * @param connection whom it counts against
     * @param operation what its cost is learned by: the tool of a call, else the method
     * @param messages 1, or the length of a batch; at most {@link Reservation#MAX_MESSAGES}
     * @param bytes their size on the wire; at most {@link Reservation#MAX_BYTES}
     * @param ttlNanos how long it may wait, in nanoseconds; positive
     * @param weight how large a share of the capacity its tenant is due, 1 to {@value #MAX_WEIGHT}
     * @param handler is notified if it is queued
     */
    public Offer(
            Connection connection,
            String operation,
            int messages,
            long bytes,
            Priority priority,
            long ttlNanos,
            int weight,
            Handler handler) {
        this(connection, operation, messages, bytes, priority, ttlNanos, weight);
        this.handler = handler;
    }

    /** As the other constructor, for a subclass that is a {@link Handler}: it is notified itself. */
    protected Offer(
            Connection connection,
            String operation,
            int messages,
            long bytes,
            Priority priority,
            long ttlNanos,
            int weight) {
        if (ttlNanos < 1 || weight < 1 || weight > MAX_WEIGHT) {
            throw new IllegalArgumentException("ttlNanos " + ttlNanos + ", weight " + weight);
        }
        this.connection = connection;
        this.operation = operation;
        this.messages = messages;
        this.bytes = bytes;
        this.priority = priority;
        this.ttlNanos = ttlNanos;
        this.weight = weight;
    }

    /** Whom it counts against. */
    public final Connection connection() {
        return connection;
    }

    /** What its cost is learned by. */
    public final String operation() {
        return operation;
    }

    /** How many messages it is. */
    public final int messages() {
        return messages;
    }

    /** Their size on the wire. */
    public final long bytes() {
        return bytes;
    }

    /** How much it matters. */
    public final Priority priority() {
        return priority;
    }

    /** How long it may wait, in nanoseconds. */
    public final long ttlNanos() {
        return ttlNanos;
    }

    /** How large a share its tenant is due. */
    public final int weight() {
        return weight;
    }

    /** Whether the upstream has it. */
    public final boolean isInFlight() {
        return state == State.IN_FLIGHT;
    }

    /** Whether it waits. */
    public final boolean isQueued() {
        return state == State.QUEUED;
    }

    /** How long it waited, in nanoseconds, once it was dispatched or abandoned. */
    public final long queuedNanos() {
        return leftAt - offeredAt;
    }

    /** When its time to live passes, or the time for which its slot is held. */
    long expiresAt() {
        return state == State.ABANDONED ? heldUntil : offeredAt + ttlNanos;
    }

    /** No handler is notified from now on, and what it refers to is not kept. */
    void forgetHandler() {
        handler = NOBODY;
        forgotten();
    }

    /** Called when no handler is notified any more: a subclass that is one may drop what only that needs. */
    protected void forgotten() {}

    Handler handler() {
        Handler other = handler;
        return other == null ? (Handler) this : other;
    }

    /** Names the fields that change, but its places in lists. */
    void state(
            io.weir.core.state.State fields,
            Supplier<LatencyProfile> emptyProfile,
            Supplier<Circuit> emptyCircuit,
            Function<String, @Nullable TenantFlow> tenants) {
        number = fields.number("i", number);
        state = fields.constant("state", state);
        order = fields.number("order", order);
        offeredAt = fields.number("offered_at", offeredAt);
        leftAt = fields.number("left_at", leftAt);
        heldUntil = fields.number("held_until", heldUntil);
        cost = fields.number("cost", cost);
        inFlightBefore = fields.number("in_flight_before", inFlightBefore);
        profile = fields.shared("profile", profile, emptyProfile);
        ofOperationBefore = fields.number("of_operation_before", ofOperationBefore);
        leftBefore = fields.number("left_before", leftBefore);
        ofOperationLeftBefore = fields.number("of_operation_left_before", ofOperationLeftBefore);
        ofOperationTimeBefore = fields.number("of_operation_time_before", ofOperationTimeBefore);
        epoch = fields.number("epoch", epoch);
        upstreamEpoch = fields.number("upstream_epoch", upstreamEpoch);
        circuitEpoch = fields.number("circuit_epoch", circuitEpoch);
        circuit = fields.shared("circuit", circuit, emptyCircuit);
        tenant = tenants.apply(connection.tenant());
    }
}
