package io.weir.core.limiter;

import io.weir.core.Outcome;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.queue.Offer;
import io.weir.core.queue.QueuePolicy;
import io.weir.core.queue.QueueStats;
import io.weir.core.queue.UpstreamListener;
import io.weir.core.queue.UpstreamQueue;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A queue in front of one server. Tasks beyond the server's concurrency wait: fairly across tenants by their weights,
 * by priority within a connection, and never longer than their time to live. Thread-safe; no caller's code runs under a
 * lock.
 *
 * <pre>{@code
 * TaskQueue queue = limiter.queue("search", executor).concurrency(8).build();
 *
 * queue.submit(Request.of(tenant, session, query.length()), () -> server.search(query))
 *         .whenComplete((hits, failure) -> respond(hits, failure));
 * }</pre>
 *
 * <p>The future that a submission returns always ends: with the task's value; with the task's exception (counted as
 * {@link Outcome#FAILED}); with a {@link RejectedException} if the task was not started because of a limit, its time to
 * live or {@link Limiter#close}; or with the exception of the executor, if that took no task (counted as failed). The
 * task's share of the limits and of the concurrency has been released by then. The executor has to run or reject what
 * it is given: let it finish its tasks after the limiter is closed.
 *
 * <p>Cancelling the future takes a waiting task out of the queue at once; a task in flight keeps its place until it
 * ends, since the server still works on it, and counts as {@link Outcome#CANCELLED}. Any other way of completing the
 * future from outside, such as {@link CompletableFuture#orTimeout}, does the same.
 *
 * <p>Actions that depend on a future run on the thread that ended it: one of the executor, the submitting one, the
 * limiter's timer or the one that closes the limiter. Long ones should be given an executor of their own.
 */
public final class TaskQueue {
    private final Limiter limiter;
    private final Executor executor;
    private final UpstreamQueue queue;

    TaskQueue(Limiter limiter, String server, Executor executor, QueuePolicy policy) {
        this.limiter = limiter;
        this.executor = executor;
        this.queue = new UpstreamQueue(server, limiter.admission(), policy, UpstreamListener.NONE, null, limiter.now());
        if (limiter.isObserved()) {
            queue.countDurations();
        }
    }

    /** The name of the server. */
    public String server() {
        return queue.name();
    }

    /**
     * Submits a task that blocks the executor's thread until its work is done.
     *
     * @param task runs on the executor, at most once
     * @return ends as described above
     */
    public <T extends @Nullable Object> CompletableFuture<T> submit(Request request, Callable<T> task) {
        return submitAsync(request, () -> CompletableFuture.completedFuture(task.call()));
    }

    /** At most as much as an offer can have: the largest weights of both together are more. */
    private int weight(Request request, Connection connection) {
        return Math.min(Offer.MAX_WEIGHT, request.weight() * limiter.admission().weight(connection));
    }

    /**
     * Submits a task that only begins its work, and whose stage ends when the work is done: so long it is in flight.
     *
     * @param task runs on the executor, at most once; cancelling the returned future cancels its stage
     * @return ends as described above
     */
    public <T extends @Nullable Object> CompletableFuture<T> submitAsync(
            Request request, Callable<? extends CompletionStage<T>> task) {
        long now = limiter.now();
        Connection connection = limiter.connection(request.tenant(), request.connection(), now);
        QueuedTask<T> queued = new QueuedTask<>(this, connection, request, weight(request, connection), task);
        Decision decision = queue.offer(queued.offer(), now);
        if (decision == Decision.DISPATCHED) {
            queued.start();
        } else if (decision != Decision.QUEUED) {
            queued.rejected();
        }
        return queued.future();
    }

    /** A snapshot. */
    public TaskQueueStats stats() {
        QueueStats stats = queue.stats(limiter.now());
        return new TaskQueueStats(
                stats.queued(), stats.inFlight(), stats.slots(), Duration.ofNanos(stats.estimatedWaitNanos()));
    }

    UpstreamQueue engine() {
        return queue;
    }

    void tick(long now) {
        queue.tick(now);
    }

    void close(long now) {
        queue.close(now);
    }

    void execute(Runnable task) {
        executor.execute(task);
    }

    void finish(Offer offer, Outcome outcome) {
        queue.finish(offer, outcome, limiter.now());
    }

    void cancel(Offer offer) {
        queue.cancel(offer, limiter.now());
    }
}
