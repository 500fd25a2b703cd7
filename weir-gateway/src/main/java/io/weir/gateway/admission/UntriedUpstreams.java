package io.weir.gateway.admission;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.core.queue.CircuitState;
import io.weir.core.queue.QueueStats;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Upstreams that could be tried again and that nobody tries. A half-open circuit closes only when a call was answered;
 * if the gateway called itself not ready for all that time, a load balancer would send it no call, and it would never
 * become ready. Thread-safe.
 */
final class UntriedUpstreams {
    /** How long a half-open upstream must have had nothing to do. */
    static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

    @GuardedBy("this")
    private final Map<String, Idle> idle = new HashMap<>();

    /** How many messages the upstream had been given, and since when that was so. */
    private record Idle(long dispatched, long since) {}

    /** Forgets an upstream that was removed. */
    synchronized void forget(String upstream) {
        idle.remove(upstream);
    }

    /** Notes a snapshot of an upstream's queue; whether a call has to come for anything to change. */
    synchronized boolean needsCall(QueueStats queue, long now) {
        boolean busy = queue.queued() + queue.inFlight() + queue.abandoned() > 0;
        if (queue.circuit() != CircuitState.HALF_OPEN || busy) {
            idle.remove(queue.upstream());
            return false;
        }
        Idle before = idle.get(queue.upstream());
        if (before == null || before.dispatched() != queue.dispatched()) {
            idle.put(queue.upstream(), new Idle(queue.dispatched(), now));
            return false;
        }
        return now - before.since() >= PATIENCE_NANOS;
    }
}
