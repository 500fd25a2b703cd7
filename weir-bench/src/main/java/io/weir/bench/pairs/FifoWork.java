package io.weir.bench.pairs;

import java.util.PriorityQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Workers with one queue in front of them. A worker's time is computed and not slept, so timers that are late do not
 * add up.
 */
final class FifoWork implements Work {
    private final int workers;
    private final PriorityQueue<Long> freeAt = new PriorityQueue<>();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

    FifoWork(int workers) {
        this.workers = workers;
    }

    @Override
    public void begin(long nanos, Runnable done) {
        long now = System.nanoTime();
        var unused = timer.schedule(done, end(now, nanos) - now, TimeUnit.NANOSECONDS);
    }

    private synchronized long end(long now, long nanos) {
        while (!freeAt.isEmpty() && freeAt.peek() <= now) {
            freeAt.remove();
        }
        long begins = freeAt.size() < workers ? now : freeAt.remove();
        freeAt.add(begins + nanos);
        return begins + nanos;
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
