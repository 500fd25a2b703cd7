package io.weir.bench.retry;

import io.weir.core.admission.Decision;
import io.weir.core.admission.Outcome;
import io.weir.core.queue.CircuitState;
import io.weir.sim.engine.Samples;
import io.weir.sim.run.ForwardingGate;
import io.weir.sim.run.Gate;
import io.weir.sim.run.Message;
import io.weir.sim.run.Peer;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Passes on to the clients when to come back, of refusals for one reason, and notes whether those that do are admitted then. Not
 * thread-safe.
 */
final class ReturnWatch extends ForwardingGate {
    /** Every refused client comes back. */
    static final int ALL = -1;

    /** None does. */
    static final int NONE = -2;

    private static final int MEDIAN = 500;
    private static final long NEVER = -1;

    private final String reason;
    private final int only;
    private final Samples hints = new Samples();
    private final Set<Message> waiting = new HashSet<>();
    private int refused;
    private int withoutHint;
    private int returned;
    private int admitted;
    private boolean closed;
    private @Nullable Floor outside;

    /**
     * A gate in front of another.
     *
     * @param reason what refusals count
     * @param only which of them comes back, counted from 0: from that refusal on, nothing else is offered; or {@link #ALL}, {@link #NONE}
     */
    ReturnWatch(Gate gate, String reason, int only) {
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

    private final class Watched implements Floor {
        private final Floor floor;

        Watched(Floor floor) {
            this.floor = floor;
        }

        @Override
        public void turnedAway(Message message, Decision decision, String why, long retryAfter, long now) {
            floor.turnedAway(
                    message, decision, why, waiting.contains(message) ? NEVER : told(message, why, retryAfter), now);
        }

        private long told(Message message, String why, long retryAfter) {
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
        public void admitted(Message message, long now) {
            admitted += waiting.contains(message) ? 1 : 0;
            floor.admitted(message, now);
        }

        @Override
        public void dispatched(Message message, long now) {
            floor.dispatched(message, now);
        }

        @Override
        public void abandoned(Message message, Outcome outcome, String why, long now) {
            admitted -= waiting.contains(message) ? 1 : 0;
            floor.abandoned(message, outcome, why, now);
        }

        @Override
        public void drained(Peer peer, long now) {
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
    public void start(Floor floor, long now) {
        outside = floor;
        super.start(new Watched(floor), now);
    }

    @Override
    public void offer(Message message, long now) {
        boolean comesBack = waiting.contains(message);
        if (closed && !comesBack) {
            Objects.requireNonNull(outside).turnedAway(message, Decision.REFUSED, "alone", NEVER, now);
            return;
        }
        returned += comesBack ? 1 : 0;
        super.offer(message, now);
    }
}
