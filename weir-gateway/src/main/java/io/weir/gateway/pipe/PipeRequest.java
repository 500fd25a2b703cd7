package io.weir.gateway.pipe;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.gateway.admission.AdmissionCallback;
import io.weir.gateway.admission.Cancellation;
import io.weir.gateway.admission.Exchange;
import io.weir.gateway.admission.InboundRequest;
import io.weir.gateway.jsonrpc.Message;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One line of the client, until all requests in it are answered. Thread-safe. */
final class PipeRequest implements AdmissionCallback {
    /** For how long a server may still answer what it was told to cancel: half a second, as over HTTP. */
    private static final long CANCEL_GRACE = TimeUnit.MILLISECONDS.toNanos(500);

    private final InboundRequest request;
    private final Owner owner;

    @GuardedBy("this")
    private final Set<String> unanswered = new LinkedHashSet<>();

    @GuardedBy("this")
    private @Nullable Exchange exchange;

    @GuardedBy("this")
    private Cancellation cancellation = Cancellation.NONE;

    @GuardedBy("this")
    private long deadline = Long.MAX_VALUE;

    @GuardedBy("this")
    private boolean dispatched;

    @GuardedBy("this")
    private boolean cancelled;

    @GuardedBy("this")
    private boolean abandoned;

    @GuardedBy("this")
    private boolean over;

    /** What is done with a line. */
    interface Owner {
        /** Its turn has come. */
        void dispatch(PipeRequest request);

        /** It was thrown out of the queue. */
        void removed(PipeRequest request);
    }

    /** What came of time passing. */
    enum Overdue {
        NO,
        /** It took too long: the client is told, and so is the server. */
        TIMED_OUT,
        /** Nothing is told: the client has given it up, or was told before. */
        GIVEN_UP
    }

    PipeRequest(InboundRequest request, Owner owner) {
        this.request = request;
        this.owner = owner;
        for (Message each : request.messages()) {
            if (each.kind() == Message.Kind.REQUEST) {
                unanswered.add(String.valueOf(each.id()));
            }
        }
    }

    InboundRequest request() {
        return request;
    }

    /** Notes what it holds; a dispatch that came first takes effect now. */
    void holds(Exchange held, Cancellation cancels) {
        boolean now;
        synchronized (this) {
            exchange = held;
            cancellation = cancels;
            now = dispatched;
        }
        if (now) {
            owner.dispatch(this);
        }
    }

    @Override
    public void dispatched() {
        boolean now;
        synchronized (this) {
            dispatched = true;
            now = exchange != null;
        }
        if (now) {
            owner.dispatch(this);
        }
    }

    @Override
    public void removed() {
        owner.removed(this);
    }

    @Override
    public synchronized void cancellationTaken() {
        if (!cancelled) {
            cancelled = true;
            deadline = Math.min(deadline, System.nanoTime() + CANCEL_GRACE);
        }
    }

    /** What it holds, or held. */
    synchronized @Nullable Exchange exchange() {
        return exchange;
    }

    /** The server is given it; without a request in it, that is its end. */
    void given(long now, long timeoutNanos) {
        Exchange ended = null;
        Cancellation cancels;
        synchronized (this) {
            deadline = Math.min(deadline, now + timeoutNanos);
            cancels = cancellation;
            if (unanswered.isEmpty() && !over) {
                over = true;
                ended = exchange;
            }
        }
        if (ended != null) {
            ended.completed(now);
        }
        cancels.taken();
    }

    /**
     * A response with that id has come.
     *
     * @return whether it goes to the client
     */
    boolean answered(String id, long now) {
        Exchange ended = null;
        boolean passed;
        synchronized (this) {
            passed = unanswered.remove(id) && !abandoned;
            if (unanswered.isEmpty() && !over) {
                over = true;
                ended = exchange;
            }
        }
        if (ended != null) {
            ended.completed(now);
        }
        return passed;
    }

    /** Ends it without its answers; the ids that had none and are to be told, none if that was done before. */
    List<String> fail(long now) {
        Exchange ended;
        List<String> ids;
        synchronized (this) {
            if (over) {
                return List.of();
            }
            over = true;
            ended = exchange;
            ids = abandoned ? List.of() : new ArrayList<>(unanswered);
        }
        if (ended != null) {
            ended.failed(now);
        }
        return ids;
    }

    /** Lets time pass. */
    Overdue sweep(long now) {
        Exchange held;
        boolean tell;
        synchronized (this) {
            held = exchange;
            if (over || held == null || now - deadline < 0) {
                return Overdue.NO;
            }
            if (abandoned) {
                over = true;
                tell = false;
            } else {
                abandoned = true;
                tell = !cancelled;
                deadline = Long.MAX_VALUE;
            }
            if (over) {
                held = null;
            }
        }
        Exchange ended = exchange();
        if (held == null && ended != null) {
            ended.failed(now);
            return Overdue.GIVEN_UP;
        }
        if (ended != null) {
            long hold = tell ? ended.timedOut(now) : ended.abandoned(now);
            synchronized (this) {
                deadline = now + hold;
            }
        }
        return tell ? Overdue.TIMED_OUT : Overdue.GIVEN_UP;
    }

    synchronized boolean isOver() {
        return over;
    }

    /** The ids that have no answer yet. */
    synchronized List<String> unanswered() {
        return new ArrayList<>(unanswered);
    }
}
