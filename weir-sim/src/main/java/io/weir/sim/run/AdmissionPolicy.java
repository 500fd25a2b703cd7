package io.weir.sim.run;

import io.weir.core.Outcome;
import io.weir.core.admission.Decision;
import io.weir.core.queue.CircuitState;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What stands between the clients and the upstream and decides on every message: Weir's core, or another policy to
 * compare with.
 */
public interface AdmissionPolicy {
    /** What a gate tells the simulation. Nothing of it calls the gate back at once. */
    interface SimulationCallbacks {
        /** An offered message was let in. */
        void admitted(SimMessage message, long now);

        /** A message that was let in goes to the upstream. */
        void dispatched(SimMessage message, long now);

        /**
         * An offered message was not let in.
         *
         * @param reason a word for statistics
         * @param retryAfter nanoseconds; 0 if not known, -1 if coming back is no use
         */
        void rejected(SimMessage message, Decision decision, String reason, long retryAfter, long now);

        /** A message that waited has left without being dispatched. */
        void abandoned(SimMessage message, Outcome outcome, String reason, long now);

        /** A connection that was told to pause may go on. */
        void drained(SimConnection peer, long now);

        /** The circuit breaker in front of the upstream has changed its state. */
        void circuit(CircuitState state, long now);

        /** Something that an operator would be told. */
        void signal(String what, long now);

        /** How many messages the upstream could begin at once. */
        int idleServers();
    }

    /**
     * What plots show beside the counts.
     *
     * @param capacity how many messages may be in flight
     * @param ratePermille the effective rate, in thousandths of the configured one
     * @param openOperations operations of tenants that are left alone while the upstream is not
     * @param limits how many messages of an operation may be in flight, of those that are limited
     */
    record Gauges(long capacity, long ratePermille, int openOperations, Map<String, Integer> limits) {
        /** A copy that is guaranteed not to change. */
        public Gauges {
            limits = Map.copyOf(limits);
        }
    }

    /** Takes over; called once, before anything else. */
    void start(SimulationCallbacks floor, long now);

    /** Decides; the floor is told before this returns. */
    void offer(SimMessage message, long now);

    /** A dispatched message is over. */
    void finish(SimMessage message, Outcome outcome, long now);

    /** Takes a waiting message out; false if the gate cannot. The floor is not told. */
    boolean cancel(SimMessage message, long now);

    /**
     * A dispatched message was given up by its client, while the upstream goes on with it.
     *
     * @return false if the gate counts it as in flight until it is finished
     */
    default boolean abandon(SimMessage message, long now) {
        return false;
    }

    /** The upstream is done with a message that was abandoned. */
    default void stopped(SimMessage message, boolean failed, long now) {}

    /** Called every 25 ms, and when the upstream changes. */
    void tick(long now);

    /** Answers what waits of a connection. */
    default void reset(SimConnection peer, long now) {}

    /** Replaces values of the configuration, by {@code section.key}. */
    default void update(Map<String, String> settings, long now) {}

    /** Admits nothing from now on, and answers what waits. */
    default void close(long now) {}

    /** What it has set itself at the moment; 0 where it has no such thing. */
    default Gauges gauges(long now) {
        return new Gauges(0, 0, 0, Map.of());
    }

    /** Compares its own counts with those of the simulation; what is wrong, or null. */
    default @Nullable String audit(MessageCounters total) {
        return null;
    }
}
