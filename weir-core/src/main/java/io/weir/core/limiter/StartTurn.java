package io.weir.core.limiter;

import io.weir.core.queue.Uncaught;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Starts dispatched tasks one after the other on each thread. An executor that runs tasks on the calling thread would
 * otherwise start each task from within the end of the one before, and run out of stack.
 */
final class StartTurn {
    /** The tasks that this thread has still to start; null while it is starting none. */
    private static final ThreadLocal<@Nullable Queue<QueuedTask<?>>> BEHIND = new ThreadLocal<>();

    private StartTurn() {}

    static void start(QueuedTask<?> task) {
        Queue<QueuedTask<?>> behind = BEHIND.get();
        if (behind != null) {
            behind.add(task);
            return;
        }
        Queue<QueuedTask<?>> own = new ArrayDeque<>();
        BEHIND.set(own);
        try {
            for (QueuedTask<?> next = task; next != null; next = own.poll()) {
                try {
                    next.start();
                } catch (Throwable e) {
                    // Those behind it are in flight: they have to be started.
                    Uncaught.report(e);
                }
            }
        } finally {
            BEHIND.remove();
        }
    }
}
