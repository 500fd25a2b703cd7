package io.weir.core.limiter;

import io.weir.core.Outcome;
import io.weir.core.admission.Connection;
import io.weir.core.queue.Offer;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/*
 * Three parties may end a task: its work, its queue, and its caller by the future. The queue decides between them: a
 * task that waits leaves it once, and one in flight is finished once. The caller that cancels completes the future and
 * then looks for the stage; the executor's thread writes the stage and then looks at the future. One of the two sees
 * the other, and cancels the stage.
 */

/** A submitted task: its place in the queue, and the future of its caller. */
final class QueuedTask<T extends @Nullable Object> implements Offer.Handler {
    private final TaskQueue queue;
    private final Callable<? extends CompletionStage<T>> task;
    private final Offer offer;
    private final CompletableFuture<T> future = new CompletableFuture<>();
    private volatile @Nullable CompletionStage<T> stage;

    /** @param weight of the request, times that of its tenant */
    QueuedTask(
            TaskQueue queue,
            Connection connection,
            Request request,
            int weight,
            Callable<? extends CompletionStage<T>> task) {
        this.queue = queue;
        this.task = task;
        this.offer = new Offer(
                connection,
                request.operation(),
                request.messages(),
                request.bytes(),
                request.priority(),
                request.ttl().toNanos(),
                weight,
                this);
        var unused = future.whenComplete((value, failure) -> leave());
    }

    Offer offer() {
        return offer;
    }

    CompletableFuture<T> future() {
        return future;
    }

    @Override
    public void dispatched(Offer sameOffer, long now) {
        StartTurn.start(this);
    }

    @Override
    public void removed(Offer sameOffer, Outcome outcome, long now) {
        rejected();
    }

    /** The queue did not take the task, or has given it up. */
    void rejected() {
        future.completeExceptionally(new RejectedException(Objects.requireNonNull(offer.rejection())));
    }

    /** Hands the task, which is in flight, to the executor. */
    void start() {
        try {
            queue.execute(this::run);
        } catch (Throwable rejected) {
            finish(Outcome.FAILED);
            future.completeExceptionally(rejected);
        }
    }

    private void run() {
        if (future.isDone()) {
            finish(Outcome.CANCELLED);
            return;
        }
        try {
            CompletionStage<T> begun = Objects.requireNonNull(task.call(), "the task's stage");
            stage = begun;
            var unused = begun.whenComplete(this::ended);
            if (future.isDone()) {
                cancelStage();
            }
        } catch (Throwable failure) {
            fail(failure);
        }
    }

    private void ended(T value, @Nullable Throwable failure) {
        if (failure != null) {
            fail(failure);
        } else {
            finish(future.isDone() ? Outcome.CANCELLED : Outcome.COMPLETED);
            future.complete(value);
        }
    }

    private void fail(Throwable thrown) {
        Throwable cause = thrown.getCause();
        Throwable failure = thrown instanceof CompletionException && cause != null ? cause : thrown;
        finish(future.isDone() || failure instanceof CancellationException ? Outcome.CANCELLED : Outcome.FAILED);
        future.completeExceptionally(failure);
    }

    private void finish(Outcome outcome) {
        queue.finish(offer, outcome);
    }

    /** The future has ended, by whom ever. */
    private void leave() {
        if (offer.isQueued()) {
            queue.cancel(offer);
        } else if (offer.isInFlight()) {
            cancelStage();
        }
    }

    private void cancelStage() {
        CompletionStage<T> begun = stage;
        if (begun != null) {
            try {
                begun.toCompletableFuture().cancel(true);
            } catch (RuntimeException e) {
                // A stage that cannot be cancelled goes on, and holds its slot until it has ended.
            }
        }
    }
}
