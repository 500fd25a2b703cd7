package io.weir.bench.matrix;

import io.weir.core.admission.Outcome;
import io.weir.sim.engine.Samples;
import io.weir.sim.run.Account;
import io.weir.sim.run.Gate;
import io.weir.sim.run.Message;
import io.weir.sim.run.Peer;
import org.jspecify.annotations.Nullable;

/** Another gate, and the latencies of the messages that arrived after a start-up time and were completed. Not thread-safe. */
final class SettledLatency implements Gate {
    private final Gate gate;
    private final long from;
    private final Samples latencies = new Samples();

    SettledLatency(Gate gate, long from) {
        this.gate = gate;
        this.from = from;
    }

    Samples latencies() {
        return latencies;
    }

    @Override
    public void start(Floor floor, long now) {
        gate.start(floor, now);
    }

    @Override
    public void offer(Message message, long now) {
        gate.offer(message, now);
    }

    @Override
    public void finish(Message message, Outcome outcome, long now) {
        if (outcome == Outcome.COMPLETED && message.arrived() >= from) {
            latencies.add(now - message.arrived());
        }
        gate.finish(message, outcome, now);
    }

    @Override
    public boolean cancel(Message message, long now) {
        return gate.cancel(message, now);
    }

    @Override
    public void tick(long now) {
        gate.tick(now);
    }

    @Override
    public void reset(Peer peer, long now) {
        gate.reset(peer, now);
    }

    @Override
    public Gauges gauges(long now) {
        return gate.gauges(now);
    }

    @Override
    public @Nullable String audit(Account total) {
        return gate.audit(total);
    }
}
