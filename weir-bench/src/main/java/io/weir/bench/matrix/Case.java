package io.weir.bench.matrix;

import io.weir.sim.scenario.Scenario;
import java.util.concurrent.TimeUnit;

/**
 * One combination of the matrix.
 *
 * @param id what tables call it
 * @param group what it is counted under
 * @param kind how it is judged
 * @param scenario with adaptive capacity
 * @param capacity the capacity that a person who knew the upstream would set
 * @param usual the mean time that a message takes an idle upstream, nanoseconds
 * @param deadline the longest of the clients', nanoseconds
 * @param changed when the last change of the upstream was; 0 for none
 * @param breaks whether the upstream is down or hung for some time, so that the circuit may open
 */
record Case(
        String id,
        String group,
        Kind kind,
        Scenario scenario,
        int capacity,
        long usual,
        long deadline,
        long changed,
        boolean breaks) {
    /** How a case is judged. */
    enum Kind {
        /** The upstream copes: nothing may be worse than without Weir, or than with the true capacity. */
        HARMLESS,
        /** More is asked for than the upstream can do: as much must be of use as with the true capacity. */
        OVERLOAD,
        /** The upstream changes: as overload, and again so after the last change. */
        CHANGE
    }

    /** From when on the ratio after a change is taken, nanoseconds. */
    long recovered() {
        return changed == 0 ? 0 : changed + Math.max(TimeUnit.SECONDS.toNanos(5), 8 * usual);
    }

    /** From when on a percentile of latency is taken, nanoseconds: the first ten latencies are the start's. */
    long settled() {
        return 10 * usual;
    }
}
