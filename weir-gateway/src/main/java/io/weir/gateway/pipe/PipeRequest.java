package io.weir.gateway.pipe;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.gateway.admission.AdmissionCallback;
import io.weir.gateway.admission.Cancellation;
import io.weir.gateway.admission.Exchange;
import io.weir.gateway.admission.InboundRequest;
import io.weir.gateway.admission.Verdict;
import io.weir.gateway.jsonrpc.JsonIds;
import io.weir.gateway.jsonrpc.Message;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One line of the client, until all requests in it are answered. Thread-safe. */
final class PipeRequest implements AdmissionCallback {
    private static final long NEVER = Long.MAX_VALUE / 2;

    private final InboundRequest request;
    private final Owner owner;

    @GuardedBy("this")
    private final Set<String> unanswered = new LinkedHashSet<>();

    @GuardedBy("this")
    private @Nullable Exchange exchange;

    @GuardedBy("this")
    private Cancellation cancellation = Cancellation.NONE;

    /** What the queue has said before it is known here what is held: done as soon as that is known. */
    @GuardedBy("this")
    private @Nullable Runnable early;

    @GuardedBy("this")
    private long deadline = System.nanoTime() + NEVER;

    @GuardedBy("this")
    private boolean cancelled;

    @GuardedBy("this")
    private boolean abandoned;

    @GuardedBy("this")
    private boolean over;

    /** Whether it is held while the client is not read; its answer is the admission's. */
    @GuardedBy("this")
    private boolean paused;

    @GuardedBy("this")
    private boolean drained;

    /** What is done with a line. */
    interface Owner {
        /** Its turn has come. */
        void dispatch(PipeRequest request);

        /** It was thrown out of the queue. */
        void removed(PipeRequest request);
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

    /** Notes what it holds; what the queue has said of it before takes effect now. */
    void holds(Exchange held, Cancellation cancels) {
        Runnable next;
        synchronized (this) {
            exchange = held;
            cancellation = cancels;
            next = early;
        }
        if (next != null) {
            next.run();
        }
    }

    @Override
    public void dispatched() {
        onceHeld(() -> owner.dispatch(this));
    }

    @Override
    public synchronized void drained() {
        drained = true;
        notifyAll();
    }

    /** Waits until it is decided what becomes of it, at its deadline at the latest. */
    Verdict decided(Verdict.Paused held) throws InterruptedException {
        synchronized (this) {
            paused = true;
        }
        try {
            Verdict verdict;
            do {
                boolean inTime = awaitDrained(held.deadline());
                long now = System.nanoTime();
                verdict = inTime ? held.offer(now) : held.giveUp(now);
            } while (verdict instanceof Verdict.Paused);
            return verdict;
        } catch (InterruptedException e) {
            held.withdraw();
            throw e;
        } finally {
            synchronized (this) {
                paused = false;
            }
        }
    }

    private synchronized boolean awaitDrained(long until) throws InterruptedException {
        for (long left = until - System.nanoTime(); !drained && left > 0; left = until - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        boolean inTime = drained;
        drained = false;
        return inTime;
    }

    @Override
    public void removed() {
        onceHeld(() -> owner.removed(this));
    }

    private void onceHeld(Runnable next) {
        synchronized (this) {
            if (exchange == null) {
                early = next;
                return;
            }
        }
        next.run();
    }

    @Override
    public synchronized void cancellationTaken() {
        if (!cancelled) {
            cancelled = true;
            deadline = Math.min(deadline, System.nanoTime() + Cancellation.GRACE_NANOS);
        }
    }

    /** What it holds, or held. */
    synchronized @Nullable Exchange exchange() {
        return exchange;
    }

    /** The server is about to read it. */
    void given(long now, long timeoutNanos) {
        Cancellation cancels;
        synchronized (this) {
            deadline = Math.min(deadline, now + timeoutNanos);
            cancels = cancellation;
        }
        cancels.taken();
    }

    /** The server has read it whole: without a request in it, that is its end. */
    void written(long now) {
        endIfAnswered(now);
    }

    /** What took too long frees its slot; that is no evidence of how the server is, which was told to stop. */
    private void endIfAnswered(long now) {
        Exchange ended = null;
        boolean late;
        synchronized (this) {
            late = abandoned && !cancelled;
            if (unanswered.isEmpty() && !over) {
                over = true;
                ended = exchange;
            }
        }
        if (ended != null && late) {
            ended.failed(now);
        } else if (ended != null) {
            ended.completed(now);
        }
    }

    /**
     * A response with that id has come.
     *
     * @return whether it goes to the client
     */
    boolean answered(String id, long now) {
        boolean passed;
        synchronized (this) {
            passed = take(id) && !abandoned;
        }
        endIfAnswered(now);
        return passed;
    }

    @GuardedBy("this")
    private boolean take(String id) {
        return unanswered.remove(id) || unanswered.removeIf(each -> JsonIds.same(each, id));
    }

    /** Whether a request in it has that id, written like that, and no answer yet. */
    synchronized boolean awaits(String id) {
        return unanswered.contains(id);
    }

    /**
     * Ends it without its answers; the ids that had none and are to be told, none if that was done before or is done
     * elsewhere.
     */
    List<String> fail(long now) {
        Exchange ended;
        List<String> ids;
        synchronized (this) {
            if (over || paused) {
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

    /**
     * Lets time pass: what takes too long, or was cancelled and is not answered, is given up, and its slot is held for
     * a while more.
     *
     * @return the ids of which client and server are to be told that it took too long: a response to them is not passed
     *     on any more
     */
    List<String> sweep(long now) {
        Exchange held;
        boolean first;
        boolean timedOut;
        List<String> told;
        synchronized (this) {
            held = exchange;
            if (over || held == null || now - deadline < 0) {
                return List.of();
            }
            first = !abandoned;
            timedOut = first && !cancelled;
            told = timedOut ? new ArrayList<>(unanswered) : List.of();
            abandoned = true;
            over = !first;
            deadline = now + NEVER;
        }
        if (!first) {
            held.failed(now);
            return told;
        }
        long hold = timedOut ? held.timedOut(now) : held.abandoned(now);
        synchronized (this) {
            deadline = now + hold;
        }
        return told;
    }

    synchronized boolean isOver() {
        return over;
    }

    /** The ids that have no answer yet. */
    synchronized List<String> unanswered() {
        return new ArrayList<>(unanswered);
    }
}
