package io.weir.bench.retry;

import io.weir.core.Outcome;
import io.weir.core.admission.Decision;
import io.weir.core.queue.CircuitState;
import io.weir.sim.engine.Samples;
import io.weir.sim.run.AdmissionPolicy;
import io.weir.sim.run.ForwardingPolicy;
import io.weir.sim.run.SimConnection;
import io.weir.sim.run.SimMessage;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Passes on to the clients when to come back, of refusals for one reason, and notes whether those that do are admitted
 * then. Not thread-safe.
 */
final class ReturnWatch extends ForwardingPolicy {
    /** Every refused client comes back. */
    static final int ALL = -1;

    /** None does. */
    static final int NONE = -2;

    private static final int MEDIAN = 500;
    private static final long NEVER = -1;

    private final String reason;
    private final int only;
    private final Samples hints = new Samples();
    private final Set<SimMessage> waiting = new HashSet<>();
    private int refused;
    private int withoutHint;
    private int returned;
    private int admitted;
    private boolean closed;
    private @Nullable SimulationCallbacks outside;

    /**
     * A gate in front of another.
     *
     * @param reason what refusals count
     * @param only which of them comes back, counted from 0: from that refusal on, nothing else is offered; or
     *     {@link #ALL}, {@link #NONE}
     */
    ReturnWatch(AdmissionPolicy gate, String reason, int only) {
        super(gate);
        this.reason = reason;
        this.only = only;
    }

    int refused() {
        return refused;
    }

    /** How many of them were not told when to come back. */
    int withoutHint() {
        return withoutHint;
    }

    int returned() {
        return returned;
    }

    /** How many of them were admitted, and not thrown out of the queue again. */
    int admitted() {
        return admitted;
    }

    long medianHint() {
        return hints.percentile(MEDIAN);
    }

    long maxHint() {
        return hints.percentile(1000);
    }

    private final class Watched implements SimulationCallbacks {
        private final SimulationCallbacks floor;

        Watched(SimulationCallbacks floor) {
            this.floor = floor;
        }

        @Override
        public void rejected(SimMessage message, Decision decision, String why, long retryAfter, long now) {
            floor.rejected(
                    message, decision, why, waiting.contains(message) ? NEVER : told(message, why, retryAfter), now);
        }

        private long told(SimMessage message, String why, long retryAfter) {
            if (!why.equals(reason)) {
                return NEVER;
            }
            int number = refused++;
            if (retryAfter <= 0) {
                withoutHint++;
                return NEVER;
            }
            hints.add(retryAfter);
            if (only != ALL && only != number) {
                return NEVER;
            }
            waiting.add(message);
            closed = only != ALL;
            return retryAfter;
        }

        @Override
        public void admitted(SimMessage message, long now) {
            admitted += waiting.contains(message) ? 1 : 0;
            floor.admitted(message, now);
        }

        @Override
        public void dispatched(SimMessage message, long now) {
            floor.dispatched(message, now);
        }

        @Override
        public void abandoned(SimMessage message, Outcome outcome, String why, long now) {
            admitted -= waiting.contains(message) ? 1 : 0;
            floor.abandoned(message, outcome, why, now);
        }

        @Override
        public void drained(SimConnection peer, long now) {
            floor.drained(peer, now);
        }

        @Override
        public void circuit(CircuitState state, long now) {
            floor.circuit(state, now);
        }

        @Override
        public void signal(String what, long now) {
            floor.signal(what, now);
        }

        @Override
        public int idleServers() {
            return floor.idleServers();
        }
    }

    @Override
    public void start(SimulationCallbacks floor, long now) {
        outside = floor;
        super.start(new Watched(floor), now);
    }

    @Override
    public void offer(SimMessage message, long now) {
        boolean comesBack = waiting.contains(message);
        if (closed && !comesBack) {
            Objects.requireNonNull(outside).rejected(message, Decision.REFUSED, "alone", NEVER, now);
            return;
        }
        returned += comesBack ? 1 : 0;
        super.offer(message, now);
    }
}
