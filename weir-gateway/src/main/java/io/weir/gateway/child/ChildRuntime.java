package io.weir.gateway.child;

import io.weir.gateway.line.LineMemory;
import java.io.Closeable;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;

/**
 * What all children of a gateway share.
 *
 * @param groups their process groups
 * @param scheduler runs what ends them, one task after the other
 * @param memory what lines take that are longer than usual
 * @param threads makes the threads of each child
 */
public record ChildRuntime(
        ProcessGroups groups, ScheduledExecutorService scheduler, LineMemory memory, ThreadFactory threads)
        implements Closeable {
    /** A runtime without children. */
    public static ChildRuntime create(LineMemory memory) {
        return new ChildRuntime(
                new ProcessGroups(),
                Executors.newSingleThreadScheduledExecutor(task -> {
                    Thread thread = new Thread(task, "weir-children");
                    thread.setDaemon(true);
                    return thread;
                }),
                memory,
                Thread::new);
    }

    /** Ends all children that are left, and waits for that. */
    @Override
    public void close() {
        scheduler.shutdownNow();
        groups.close();
    }
}
