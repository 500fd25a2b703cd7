package io.weir.sim.replay;

import io.weir.sim.engine.VirtualTime;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.PriorityQueue;

/** An upstream of a given shape in virtual time. Not thread-safe. */
abstract sealed class ModelledUpstream {
    final VirtualTime time;
    private long inFlight;
    private long maxInFlight;

    private ModelledUpstream(VirtualTime time) {
        this.time = time;
    }

    static ModelledUpstream of(VirtualTime time, UpstreamShape shape) {
        return switch (shape.kind()) {
            case UNLIMITED -> new Fifo(time, Integer.MAX_VALUE);
            case FIFO -> new Fifo(time, shape.servers());
            case SHARED -> new Shared(time, shape.servers());
        };
    }

    /** Takes on a message that needs {@code nanos} of a server's time; {@code done} is called when it is over. */
    final void accept(long nanos, Runnable done) {
        inFlight++;
        maxInFlight = Math.max(maxInFlight, inFlight);
        begin(nanos, () -> {
            inFlight--;
            done.run();
        });
    }

    /** The most messages that were ever in flight at once. */
    final long maxInFlight() {
        return maxInFlight;
    }

    abstract void begin(long nanos, Runnable done);

    private static final class Fifo extends ModelledUpstream {
        private final int servers;
        private final Deque<Job> waiting = new ArrayDeque<>();
        private int busy;

        private record Job(long nanos, Runnable done) {}

        Fifo(VirtualTime time, int servers) {
            super(time);
            this.servers = servers;
        }

        @Override
        void begin(long nanos, Runnable done) {
            waiting.add(new Job(nanos, done));
            next();
        }

        private void next() {
            while (busy < servers && !waiting.isEmpty()) {
                Job task = waiting.remove();
                busy++;
                time.after(task.nanos(), () -> {
                    busy--;
                    task.done().run();
                    next();
                });
            }
        }
    }

    /** Each is done when the time that every message in flight was given has reached its own mark; so one sum serves all. */
    private static final class Shared extends ModelledUpstream {
        private final int servers;
        private final PriorityQueue<Task> tasks =
                new PriorityQueue<>(Comparator.comparingDouble(Task::until).thenComparingLong(Task::number));
        private double given;
        private long givenAt;
        private long number;
        private long plan;

        private record Task(double until, long number, Runnable done) {}

        Shared(VirtualTime time, int servers) {
            super(time);
            this.servers = servers;
        }

        @Override
        void begin(long nanos, Runnable done) {
            give();
            tasks.add(new Task(given + nanos, number++, done));
            planNext();
        }

        private double pace() {
            return tasks.size() <= servers ? 1.0 : (double) servers / tasks.size();
        }

        private void give() {
            given += (time.now() - givenAt) * pace();
            givenAt = time.now();
        }

        private void planNext() {
            long mine = ++plan;
            Task first = tasks.peek();
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
            Task first = tasks.peek();
            if (first != null && first.until() <= given + 1) {
                tasks.remove();
                planNext();
                first.done().run();
            } else {
                planNext();
            }
        }
    }
}
