package io.weir.bench.goodput;

import io.weir.sim.goodput.Discipline;
import io.weir.sim.goodput.Policy;
import io.weir.sim.run.SimMessage;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** First in, first out, so many at the most; with or without looking at the deadline when a message's turn comes. */
final class Fifo implements Policy, Discipline {
    private final Deque<SimMessage> waiting = new ArrayDeque<>();
    private final int most;
    private final boolean expires;

    Fifo(int most, boolean expires) {
        this.most = most;
        this.expires = expires;
    }

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
        return waiting.size() < most && waiting.add(message);
    }

    @Override
    public @Nullable SimMessage poll(long now, List<SimMessage> dropped) {
        SimMessage next = waiting.poll();
        while (next != null && expires && now >= next.deadline()) {
            dropped.add(next);
            next = waiting.poll();
        }
        return next;
    }
}
