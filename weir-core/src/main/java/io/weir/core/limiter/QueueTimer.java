package io.weir.core.limiter;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.core.queue.Uncaught;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Lets time pass in the queues of one limiter: a daemon thread, from the first queue until the limiter is closed.
 * Thread-safe.
 */
final class QueueTimer {
    private static final long TICK_MILLIS = 25;

    private final Limiter limiter;
    private final List<TaskQueue> queues = new CopyOnWriteArrayList<>();

    @GuardedBy("this")
    private @Nullable ScheduledExecutorService timer;

    /** The timer's thread; null while there is none. */
    private volatile @Nullable Thread thread;

    @GuardedBy("this")
    private boolean closed;

    QueueTimer(Limiter limiter) {
        this.limiter = limiter;
    }

    /** The queues of the limiter. */
    List<TaskQueue> queues() {
        return queues;
    }

    @Nullable
    Thread thread() {
        return thread;
    }

    synchronized void add(TaskQueue queue) {
        if (closed) {
            throw new IllegalStateException("The limiter is closed");
        }
        queues.add(queue);
        if (timer == null) {
            timer = start();
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored")
    private ScheduledExecutorService start() {
        ScheduledExecutorService started = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread made = new Thread(task, "weir-limiter");
            made.setDaemon(true);
            thread = made;
            return made;
        });
        started.scheduleAtFixedRate(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
        return started;
    }

    private void tick() {
        for (TaskQueue queue : queues) {
            try {
                queue.tick(limiter.now());
            } catch (Throwable e) {
                // Else the timer would end, and nothing would expire any more.
                Uncaught.report(e);
            }
        }
    }

    /** Stops the thread, and answers what waits in the queues: on the calling thread, without a lock. */
    void close() {
        synchronized (this) {
            closed = true;
            if (timer != null) {
                timer.shutdown();
            }
        }
        for (TaskQueue queue : queues) {
            queue.close(limiter.now());
        }
    }
}
