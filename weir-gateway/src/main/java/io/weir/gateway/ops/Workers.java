package io.weir.gateway.ops;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Work off the event loops that timers begin. A Vert.x that closes stops its workers before its timers, and would throw what the timer's handler
 * has to catch. Thread-safe.
 */
public final class Workers {
    private Workers() {}

    /** Has a worker do the work, unless Vert.x is closing: then the future has failed already. */
    public static <T extends @Nullable Object> Future<T> run(Vertx vertx, Callable<T> work) {
        return begun(() -> vertx.executeBlocking(work));
    }

    /** As {@link #run(Vertx, Callable)}, by one of those workers. */
    static <T extends @Nullable Object> Future<T> run(WorkerExecutor workers, Callable<T> work) {
        return begun(() -> workers.executeBlocking(work));
    }

    private interface Start<T extends @Nullable Object> {
        Future<T> begin();
    }

    private static <T extends @Nullable Object> Future<T> begun(Start<T> start) {
        try {
            return start.begin();
        } catch (RejectedExecutionException | IllegalStateException e) {
            return Future.failedFuture(e);
        }
    }
}
