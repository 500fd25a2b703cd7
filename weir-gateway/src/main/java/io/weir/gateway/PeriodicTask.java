package io.weir.gateway;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.vertx.core.Vertx;

/** A task that runs at an interval which can change. Thread-safe. */
final class PeriodicTask {
    private final Vertx vertx;
    private final Runnable task;

    @GuardedBy("this")
    private long timer;

    /** Milliseconds; 0 while it does not run. */
    @GuardedBy("this")
    private long interval;

    PeriodicTask(Vertx vertx, Runnable task) {
        this.vertx = vertx;
        this.task = task;
    }

    /** From now on it runs at that interval, which begins now, unless it is the one before. */
    synchronized void every(long millis) {
        if (millis == interval) {
            return;
        }
        if (interval != 0) {
            vertx.cancelTimer(timer);
        }
        interval = millis;
        timer = vertx.setPeriodic(millis, id -> task.run());
    }
}
