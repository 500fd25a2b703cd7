package io.weir.gateway;

import io.vertx.core.Vertx;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The timers of a gateway. They stop before Vert.x closes, which ends its workers and event loops one after the other:
 * what a timer does with one that has ended would fail. Thread-safe.
 */
final class Timers {
    private final Vertx vertx;
    private final Set<Long> running = ConcurrentHashMap.newKeySet();
    private volatile boolean stopped;

    Timers(Vertx vertx) {
        this.vertx = vertx;
    }

    /** Runs a task at that interval, for the first time when it has passed; for {@link #cancel}. */
    long every(long millis, Runnable task) {
        long timer = vertx.setPeriodic(millis, id -> {
            if (!stopped) {
                task.run();
            }
        });
        running.add(timer);
        return timer;
    }

    /** Runs that task no more. */
    void cancel(long timer) {
        running.remove(timer);
        vertx.cancelTimer(timer);
    }

    /** Runs no task any more. */
    void stop() {
        stopped = true;
        running.forEach(vertx::cancelTimer);
    }
}
