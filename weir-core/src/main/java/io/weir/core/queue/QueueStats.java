package io.weir.core.queue;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot of one queue.
 *
 * @param upstream its name
 * @param queued messages that wait
 * @param inFlight messages that the upstream has and somebody waits for
 * @param abandoned messages that were given up, whose slots are held since the upstream may go on with them
 * @param capacity how many it may have now
 * @param estimatedWaitNanos how long a call of a tenant that has nothing queued would wait now
 * @param circuit whether the upstream is sent messages
 * @param openOperations operations of tenants that are left alone while the upstream is not
 * @param ratePermille the effective rate, in thousandths of the configured one
 * @param rateDelayNanos by how much messages were late when it was last lowered: the 95th percentile over a second; 0
 *     while it is not lowered
 * @param dispatched messages ever given to the upstream
 * @param expired messages whose time passed here
 * @param cancelled messages that were cancelled here
 * @param evicted messages that were thrown out
 * @param shedByWait messages rejected because they would have waited too long
 * @param shedByCircuit messages rejected because the upstream was left alone
 * @param tenants who waits, most messages first, at most 20
 * @param operations which operations the upstream has in flight or has a limit for, most in flight first, at most 20
 * @param backlog how many it may have in all since quick calls wait there behind others; null while they do not
 */
public record QueueStats(
        String upstream,
        long queued,
        long inFlight,
        long abandoned,
        int capacity,
        long estimatedWaitNanos,
        CircuitState circuit,
        int openOperations,
        int ratePermille,
        long rateDelayNanos,
        long dispatched,
        long expired,
        long cancelled,
        long evicted,
        long shedByWait,
        long shedByCircuit,
        List<TenantQueue> tenants,
        List<OperationStats> operations,
        @Nullable BacklogStats backlog) {

    /** How many messages may be in flight now: the capacity, or the limit in all if that is lower. */
    public int slots() {
        return backlog == null ? capacity : Math.min(capacity, backlog.limit());
    }

    /**
     * What one tenant has waiting.
     *
     * @param tenant its key
     * @param queued its messages
     */
    public record TenantQueue(String tenant, long queued) {}

    /**
     * That quick calls wait at the upstream behind others.
     *
     * @param limit how many messages may be in flight, of all operations
     * @param operation which calls wait: those of the quickest operation
     * @param aloneNanos how long they take alone
     */
    public record BacklogStats(int limit, String operation, long aloneNanos) {}

    /**
     * What the upstream has of one operation.
     *
     * @param operation its name: a tool or a method
     * @param inFlight its messages in flight
     * @param limit how many of it may be in flight as long as the upstream cannot cope with more; {@link Capacity#MOST}
     *     for no limit
     * @param stayNanos how long its messages lately stayed at the upstream, in the mean; 0 while that is not known
     * @param mayStayNanos how long they may; 0 while that is not known
     */
    public record OperationStats(String operation, int inFlight, int limit, long stayNanos, long mayStayNanos) {
        /** Whether it is limited. */
        public boolean isLimited() {
            return limit < Capacity.MAX;
        }
    }
}
