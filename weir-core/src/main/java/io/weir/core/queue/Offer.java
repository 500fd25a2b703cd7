package io.weir.core.queue;

import io.weir.core.Outcome;
import io.weir.core.Priority;
import io.weir.core.Reason;
import io.weir.core.Scope;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Reservation;
import org.jspecify.annotations.Nullable;

/**
 * One message, or batch, that is offered to an {@link UpstreamQueue}: made by the caller, it holds the permit and its own place in the
 * queue, so that queueing allocates nothing a message. What it tells is written under the queue's lock and may be read by any thread
 * that the queue has called or that has called the queue.
 */
public final class Offer {
    /** The heaviest weight. */
    public static final int MAX_WEIGHT = 10_000;

    /**
     * Is told what becomes of an offer that had to wait. Called outside every lock of the queue's, on the thread that brought it about;
     * an exception is swallowed, and an offer that was dispatched stays in flight.
     */
    public interface Handler {
        /** Its turn has come: it is in flight, and has to be {@linkplain UpstreamQueue#finish finished}. */
        void dispatched(Offer offer, long now);

        /**
         * It left the queue without being dispatched, and holds nothing any more.
         *
         * @param outcome {@link Outcome#EXPIRED} or {@link Outcome#EVICTED}; {@link Offer#reason} says why
         */
        void abandoned(Offer offer, Outcome outcome, long now);
    }

    private static final Handler NOBODY = new Handler() {
        @Override
        public void dispatched(Offer offer, long now) {
            // It was dispatched before.
        }

        @Override
        public void abandoned(Offer offer, Outcome outcome, long now) {
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

    final Reservation reservation = new Reservation();
    private Handler handler;
    private final int weight;
    private final long ttlNanos;
    private final Connection connection;
    private final String work;
    private final int messages;
    private final long bytes;
    private final Priority priority;

    volatile State state = State.NEW;
    /** What became of it in the queue; null if it was dispatched. */
    @Nullable
    Outcome outcome;

    /** What it is called in the journal. */
    long number;

    /** Its place among all that entered the queue. */
    long order;

    long ticket;
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
    Operation operation;

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

    private @Nullable Reason reason;
    private @Nullable Scope scope;
    private long current;
    private long limit;
    private long retryAfterNanos;

    /**
     * An offer.
     *
     * @param connection whom it counts against
     * @param work what its cost is learned by: the tool of a call, else the method
     * @param messages 1, or the length of a batch; at most {@link Reservation#MAX_MESSAGES}
     * @param bytes their size on the wire; at most {@link Reservation#MAX_BYTES}
     * @param ttlNanos how long it may wait, in nanoseconds; positive
     * @param weight how large a share of the capacity its tenant is due, 1 to {@value #MAX_WEIGHT}
     * @param handler is told if it had to wait
     */
    public Offer(
            Connection connection,
            String work,
            int messages,
            long bytes,
            Priority priority,
            long ttlNanos,
            int weight,
            Handler handler) {
        if (ttlNanos < 1 || weight < 1 || weight > MAX_WEIGHT) {
            throw new IllegalArgumentException("ttlNanos " + ttlNanos + ", weight " + weight);
        }
        this.connection = connection;
        this.work = work;
        this.messages = messages;
        this.bytes = bytes;
        this.priority = priority;
        this.ttlNanos = ttlNanos;
        this.weight = weight;
        this.handler = handler;
    }

    /** Whom it counts against. */
    public Connection connection() {
        return connection;
    }

    /** What its cost is learned by. */
    public String work() {
        return work;
    }

    /** How many messages it is. */
    public int messages() {
        return messages;
    }

    /** Their size on the wire. */
    public long bytes() {
        return bytes;
    }

    /** How much it matters. */
    public Priority priority() {
        return priority;
    }

    /** How long it may wait, in nanoseconds. */
    public long ttlNanos() {
        return ttlNanos;
    }

    /** How large a share its tenant is due. */
    public int weight() {
        return weight;
    }

    /** Whether the upstream has it. */
    public boolean isInFlight() {
        return state == State.IN_FLIGHT;
    }

    /** Whether it waits. */
    public boolean isQueued() {
        return state == State.QUEUED;
    }

    /** Why it was rejected or abandoned; null otherwise. */
    public @Nullable Reason reason() {
        return reason;
    }

    /** The scope of that reason. */
    public @Nullable Scope scope() {
        return scope;
    }

    /** How much was taken of what turned it away, in {@link Reason#unit()}. */
    public long current() {
        return current;
    }

    /** The limit that turned it away, in {@link Reason#unit()}. */
    public long limit() {
        return limit;
    }

    /**
     * When to offer it again, in nanoseconds from then. Whoever does so alone is admitted: exact of a rate and an open circuit, an
     * estimate of a limit on what is pending and of a wait. Refusals by the same limit are given times one after the other; the
     * latest is 5 minutes, or twice the pause of the circuit. 0 where that is not known, -1 where no
     * waiting helps.
     */
    public long retryAfterNanos() {
        return retryAfterNanos;
    }

    /** How long it waited, in nanoseconds, once it was dispatched or abandoned. */
    public long queuedNanos() {
        return leftAt - offeredAt;
    }

    /** When its time to live passes, or the time for which its slot is held. */
    long expiresAt() {
        return state == State.ABANDONED ? heldUntil : offeredAt + ttlNanos;
    }

    /** Its client is told nothing any more, and what the handler refers to is not kept. */
    void forgetHandler() {
        handler = NOBODY;
    }

    Handler handler() {
        return handler;
    }

    void rejected(Reason why, @Nullable Scope of, long taken, long bound, long retryNanos) {
        reason = why;
        scope = of;
        current = taken;
        limit = bound;
        retryAfterNanos = retryNanos;
    }

    /** Gives up what it holds. */
    boolean release(Admission admission, Outcome how) {
        return admission.release(reservation, ticket, how);
    }
}
