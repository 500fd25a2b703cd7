package io.weir.sim.engine;

import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * A clock that jumps from event to event. Events at the same time happen in the order in which they were planned, so a
 * run is a function of what was planned. Nanoseconds from 0. Not thread-safe.
 */
public final class VirtualTime {
    private static final Comparator<Event> ORDER =
            Comparator.comparingLong(Event::at).thenComparingLong(Event::sequence);

    private final PriorityQueue<Event> events = new PriorityQueue<>(ORDER);
    private long now;
    private long planned;

    private record Event(long at, long sequence, Runnable action) {}

    /** The present. */
    public long now() {
        return now;
    }

    /** Plans something. @throws IllegalArgumentException if that time is past */
    public void at(long time, Runnable action) {
        if (time < now) {
            throw new IllegalArgumentException("planned for " + time + ", and it is " + now);
        }
        events.add(new Event(time, planned++, action));
    }

    /** Plans something for so many nanoseconds from now; for the end of time if that is beyond it. */
    public void after(long nanos, Runnable action) {
        at(nanos > Long.MAX_VALUE - now ? Long.MAX_VALUE : now + nanos, action);
    }

    /** Lets everything happen that is planned for a time before {@code end}, and leaves the clock there. */
    public void runUntil(long end) {
        for (Event next = events.peek(); next != null && next.at() < end; next = events.peek()) {
            events.remove();
            now = next.at();
            next.action().run();
        }
        now = Math.max(now, end);
    }
}
