package io.weir.bench.matrix;

import io.weir.core.Outcome;
import io.weir.sim.engine.Samples;
import io.weir.sim.run.AdmissionPolicy;
import io.weir.sim.run.ForwardingPolicy;
import io.weir.sim.run.SimMessage;

/**
 * Another gate, and the latencies of the messages that arrived after a start-up time and were completed. Not
 * thread-safe.
 */
final class SettledLatency extends ForwardingPolicy {
    private final long from;
    private final Samples latencies = new Samples();

    SettledLatency(AdmissionPolicy gate, long from) {
        super(gate);
        this.from = from;
    }

    Samples latencies() {
        return latencies;
    }

    @Override
    public void finish(SimMessage message, Outcome outcome, long now) {
        if (outcome == Outcome.COMPLETED && message.arrived() >= from) {
            latencies.add(now - message.arrived());
        }
        super.finish(message, outcome, now);
    }
}
