package io.weir.bench.queue;

import io.weir.core.Outcome;
import io.weir.core.admission.Connection;
import io.weir.core.queue.Offer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * A message is finished, which dispatches one that waits, and another one comes and waits: with so many tenants, and so
 * many waiting.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class Waiting implements Offer.Handler {
    private static final int CAPACITY = 64;

    /** Tenants, and messages that wait. */
    @Param({"250/100000", "500/100000", "1000/100000", "2000/100000", "4000/100000", "1000/50000", "1000/200000"})
    public String tenantsAndWaiting = "";

    private final Deque<Offer> inFlight = new ArrayDeque<>();
    private QueueFixture scene = new QueueFixture(CAPACITY);
    private Connection[] connections = {};
    private int next;
    private long now;

    /** Fills the queue. */
    @Setup(Level.Trial)
    public void fill() {
        String[] numbers = tenantsAndWaiting.split("/", 2);
        scene = new QueueFixture(CAPACITY);
        inFlight.clear();
        connections = new Connection[Integer.parseInt(numbers[0])];
        for (int i = 0; i < connections.length; i++) {
            connections[i] = scene.admission.connection("tenant " + i, "c", now);
        }
        int all = Integer.parseInt(numbers[1]) + CAPACITY;
        for (int i = 0; i < all; i++) {
            come();
        }
    }

    private void come() {
        now += 1_000;
        next = next + 1 < connections.length ? next + 1 : 0;
        Offer offer = scene.offer(connections[next], this, now);
        if (offer.isInFlight()) {
            inFlight.add(offer);
        }
    }

    /** One leaves the upstream, one enters it, one enters the queue. */
    @Benchmark
    public void finishDispatchAndOffer() {
        scene.finish(inFlight.remove(), now);
        come();
    }

    @Override
    public void dispatched(Offer offer, long at) {
        inFlight.add(offer);
    }

    @Override
    public void removed(Offer offer, Outcome outcome, long at) {
        throw new IllegalStateException("abandoned");
    }
}
