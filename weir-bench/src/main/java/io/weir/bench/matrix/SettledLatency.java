package io.weir.bench.matrix;

import io.weir.core.admission.Outcome;
import io.weir.sim.engine.Samples;
import io.weir.sim.run.ForwardingGate;
import io.weir.sim.run.Gate;
import io.weir.sim.run.Message;

/** Another gate, and the latencies of the messages that arrived after a start-up time and were completed. Not thread-safe. */
final class SettledLatency extends ForwardingGate {
    private final long from;
    private final Samples latencies = new Samples();

    SettledLatency(Gate gate, long from) {
        super(gate);
        this.from = from;
    }

    Samples latencies() {
        return latencies;
    }

    @Override
    public void finish(Message message, Outcome outcome, long now) {
        if (outcome == Outcome.COMPLETED && message.arrived() >= from) {
            latencies.add(now - message.arrived());
        }
        super.finish(message, outcome, now);
    }
}
