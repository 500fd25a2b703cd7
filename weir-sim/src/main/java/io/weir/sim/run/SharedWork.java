package io.weir.sim.run;

import io.weir.sim.engine.VirtualTime;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Consumer;

/**
 * All messages are worked on at once: each gets the same part of the servers' time, and at most one server's. Beyond so
 * many at once, what is done in all may fall in proportion (thrashing). What each has been given is the same for all
 * that were there, so one number that only grows, and the value of it at which a message is done, are enough. Not
 * thread-safe.
 */
final class SharedWork<J extends Work.Job> implements Work<J> {
    private static final double UNCHANGED = 1000;

    private record Sharer<J>(double until, long number, J message) {}

    private final VirtualTime time;
    private final int thrashBeyond;
    private final Consumer<J> done;
    private final PriorityQueue<Sharer<J>> sharers = new PriorityQueue<>(
            Comparator.<Sharer<J>>comparingDouble(Sharer::until).thenComparingLong(Sharer::number));
    private int servers;
    private int slowdown = (int) UNCHANGED;
    /** Nanoseconds of service that a message that was there from the beginning has been given. */
    private double given;

    private long givenAt;
    private long numbers;
    private long plan;

    SharedWork(VirtualTime time, int servers, int thrashBeyond, Consumer<J> done) {
        this.time = time;
        this.servers = servers;
        this.thrashBeyond = thrashBeyond;
        this.done = done;
    }

    /** Nanoseconds of service that each is given in a nanosecond. */
    private double pace() {
        int n = Math.max(1, sharers.size());
        double all = Math.min(n, servers);
        if (thrashBeyond > 0 && n > thrashBeyond) {
            all = all * thrashBeyond / n;
        }
        return all / n * UNCHANGED / slowdown;
    }

    private void give() {
        given += (time.now() - givenAt) * pace();
        givenAt = time.now();
    }

    private void planNext() {
        long mine = ++plan;
        Sharer<J> first = sharers.peek();
        if (first != null) {
            long left = (long) Math.ceil(Math.max(0, first.until() - given) / pace());
            time.after(Math.max(1, left), () -> next(mine));
        }
    }

    private void next(long mine) {
        if (mine != plan) {
            return;
        }
        give();
        while (!sharers.isEmpty() && sharers.peek().until() <= given + 1) {
            J message = sharers.remove().message();
            time.after(1, () -> done.accept(message));
        }
        planNext();
    }

    @Override
    public void add(J message) {
        give();
        sharers.add(new Sharer<>(given + message.service(), numbers++, message));
        planNext();
    }

    @Override
    public void left() {}

    @Override
    public List<J> drain() {
        return List.of();
    }

    @Override
    public void change(int more, int slower) {
        give();
        servers = more;
        slowdown = slower;
        planNext();
    }

    @Override
    public int idle() {
        return Math.max(0, servers - sharers.size());
    }
}
