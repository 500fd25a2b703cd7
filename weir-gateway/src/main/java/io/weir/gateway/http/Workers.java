package io.weir.gateway.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Work off the event loops. A Vert.x that closes stops its workers before its event loops and timers, and throws where
 * it is given work then: here the future fails with a {@link RejectedExecutionException}. Thread-safe.
 */
public final class Workers {
    private Workers() {}

    /** Has a worker do the work, after what the same context has given before; fails if Vert.x is closing. */
    public static <T extends @Nullable Object> Future<T> run(Vertx vertx, Callable<T> work) {
        return begun(() -> vertx.executeBlocking(work));
    }

    /** As {@link #run(Vertx, Callable)}, at the same time as other work of the same context. */
    public static <T extends @Nullable Object> Future<T> runUnordered(Vertx vertx, Callable<T> work) {
        return begun(() -> vertx.executeBlocking(work, false));
    }

    /** As {@link #runUnordered(Vertx, Callable)}, by one of those workers. */
    public static <T extends @Nullable Object> Future<T> runUnordered(WorkerExecutor workers, Callable<T> work) {
        return begun(() -> workers.executeBlocking(work, false));
    }

    private interface Start<T extends @Nullable Object> {
        Future<T> begin();
    }

    private static <T extends @Nullable Object> Future<T> begun(Start<T> start) {
        try {
            return start.begin();
        } catch (RejectedExecutionException | IllegalStateException e) {
            return Future.failedFuture(new RejectedExecutionException("the workers have stopped", e));
        }
    }
}
