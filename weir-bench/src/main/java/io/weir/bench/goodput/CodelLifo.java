package io.weir.bench.goodput;

import io.weir.sim.goodput.Discipline;
import io.weir.sim.goodput.Policy;
import io.weir.sim.run.SimMessage;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Controlled delay with adaptive last in, first out. A queue that has not been empty for 100 ms holds nobody longer
 * than 5 ms, and serves the newest first.
 *
 * <p>Source: Maurer, "Fail at Scale", ACM Queue 2015.
 */
final class CodelLifo implements Policy, Discipline {
    private static final long MILLI = 1_000_000;
    private static final long INTERVAL = 100 * MILLI;
    private static final long TARGET = 5 * MILLI;

    private final Deque<SimMessage> waiting = new ArrayDeque<>();
    private long lastEmpty;

    @Override
    public boolean offer(long now) {
        return true;
    }

    @Override
    public Discipline discipline() {
        return this;
    }

    @Override
    public boolean add(SimMessage message, long now) {
        if (waiting.isEmpty()) {
            lastEmpty = now;
        }
        return waiting.add(message);
    }

    @Override
    public @Nullable SimMessage poll(long now, List<SimMessage> dropped) {
        boolean overloaded = now - lastEmpty > INTERVAL;
        long longest = overloaded ? TARGET : INTERVAL;
        for (SimMessage oldest = waiting.peek();
                oldest != null && now - oldest.arrived() > longest;
                oldest = waiting.peek()) {
            dropped.add(waiting.remove());
        }
        SimMessage next = overloaded ? waiting.pollLast() : waiting.poll();
        if (waiting.isEmpty()) {
            lastEmpty = now;
        }
        return next;
    }
}
