package io.weir.gateway.ops;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.weir.gateway.http.Workers;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One thread for what looks through all connections and tenants, so that no event loop does and no two readers do at
 * once. Thread-safe.
 */
final class AdminWorker {
    private static final int MAX_WAITING = 32;

    private final WorkerExecutor thread;
    private final AtomicInteger waiting = new AtomicInteger();

    AdminWorker(Vertx vertx) {
        thread = vertx.createSharedWorkerExecutor("weir-admin", 1);
    }

    /** As much waits as may. */
    static final class BusyException extends Exception {
        private static final long serialVersionUID = 1L;

        BusyException() {
            super("too many requests wait", null, false, false);
        }
    }

    /**
     * Does the work in its turn; what comes of it is told on the event loop of the caller. Fails with
     * {@link BusyException} where too much waits.
     */
    <T> Future<T> run(Callable<T> work) {
        if (waiting.incrementAndGet() > MAX_WAITING) {
            waiting.decrementAndGet();
            return Future.failedFuture(new BusyException());
        }
        return Workers.runUnordered(thread, work).onComplete(done -> waiting.decrementAndGet());
    }
}
