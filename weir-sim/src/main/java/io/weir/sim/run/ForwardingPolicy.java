package io.weir.sim.run;

import io.weir.core.Outcome;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A gate that passes everything on to another; subclasses watch or change some of it. As thread-safe as the other. */
public abstract class ForwardingPolicy implements AdmissionPolicy {
    private final AdmissionPolicy gate;

    /** Passes on to that one. */
    protected ForwardingPolicy(AdmissionPolicy gate) {
        this.gate = gate;
    }

    @Override
    public void start(SimulationCallbacks floor, long now) {
        gate.start(floor, now);
    }

    @Override
    public void offer(SimMessage message, long now) {
        gate.offer(message, now);
    }

    @Override
    public void finish(SimMessage message, Outcome outcome, long now) {
        gate.finish(message, outcome, now);
    }

    @Override
    public boolean cancel(SimMessage message, long now) {
        return gate.cancel(message, now);
    }

    @Override
    public boolean abandon(SimMessage message, long now) {
        return gate.abandon(message, now);
    }

    @Override
    public void stopped(SimMessage message, boolean failed, long now) {
        gate.stopped(message, failed, now);
    }

    @Override
    public void tick(long now) {
        gate.tick(now);
    }

    @Override
    public void reset(SimConnection peer, long now) {
        gate.reset(peer, now);
    }

    @Override
    public void update(Map<String, String> settings, long now) {
        gate.update(settings, now);
    }

    @Override
    public void close(long now) {
        gate.close(now);
    }

    @Override
    public Gauges gauges(long now) {
        return gate.gauges(now);
    }

    @Override
    public @Nullable String audit(MessageCounters total) {
        return gate.audit(total);
    }
}
