package io.weir.gateway;

import com.google.errorprone.annotations.concurrent.GuardedBy;

/** A task that runs at an interval which can change. Thread-safe. */
final class PeriodicTask {
    private final Timers timers;
    private final Runnable task;

    @GuardedBy("this")
    private long timer;

    /** Milliseconds; 0 while it does not run. */
    @GuardedBy("this")
    private long interval;

    PeriodicTask(Timers timers, Runnable task) {
        this.timers = timers;
        this.task = task;
    }

    /** From now on it runs at that interval, which begins now, unless it is the one before. */
    synchronized void every(long millis) {
        if (millis == interval) {
            return;
        }
        if (interval != 0) {
            timers.cancel(timer);
        }
        interval = millis;
        timer = timers.every(millis, task);
    }
}
