package io.weir.bench.pairs;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Cores whose time all calls share, and of which one call gets at most one. */
final class SharedWork implements Work {
    private final int cores;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final PriorityQueue<Task> tasks = new PriorityQueue<>(Comparator.comparingDouble(Task::until));
    /** What a call that was there from the beginning would have been given. */
    private double given;

    private long givenAt = System.nanoTime();
    private @Nullable ScheduledFuture<?> next;

    private record Task(double until, Runnable done) {}

    SharedWork(int cores) {
        this.cores = cores;
    }

    @Override
    public void begin(long nanos, Runnable done) {
        timer.execute(() -> {
            advance();
            tasks.add(new Task(given + nanos, done));
            plan();
        });
    }

    private double pace() {
        return tasks.size() <= cores ? 1.0 : (double) cores / tasks.size();
    }

    /** Ends those that had ended before now, each at its time, since from then on the others are given more. */
    private void advance() {
        long now = System.nanoTime();
        for (Task first = tasks.peek(); first != null; first = tasks.peek()) {
            long end = givenAt + (long) Math.ceil((first.until() - given) / pace());
            if (end > now) {
                break;
            }
            given = first.until();
            givenAt = Math.max(givenAt, end);
            tasks.remove().done().run();
        }
        given += (now - givenAt) * pace();
        givenAt = now;
    }

    private void plan() {
        if (next != null) {
            next.cancel(false);
        }
        Task first = tasks.peek();
        if (first != null) {
            long left = (long) Math.ceil((first.until() - given) / pace());
            next = timer.schedule(
                    () -> {
                        advance();
                        plan();
                    },
                    left,
                    TimeUnit.NANOSECONDS);
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
