package io.weir.sim.scenario;

import io.weir.core.Priority;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Clients that behave alike.
 *
 * @param name what reports call them, and what their connections are named after
 * @param tenant that they belong to; if there are several, what their names begin with
 * @param tenants over which the connections are spread evenly
 * @param connections that the messages are spread over: by chance with {@link Arrivals#POISSON}, else in turn
 * @param phases how fast they send, in order of time
 * @param burst messages at once with {@link Arrivals#BURST}
 * @param most messages that the group sends in all
 * @param messages of one batch; 1 for single messages
 * @param bytes of one message, on the wire
 * @param operation the tool or method of the messages, by which cost and latency are learned
 * @param deadline nanoseconds after which an answer is of no use, and a message waits no longer
 * @param weight of the tenants and the operation together, 1 to 10,000
 * @param retries how often a refused message is offered again, when the refusal says that it may be
 * @param cancel how many of a million are given up
 * @param cancelAfter nanoseconds after which those are
 * @param disconnectEvery nanoseconds after which, again and again, one connection after the other breaks and is made
 *     anew; Long.MAX_VALUE for never
 * @param loop with {@link Arrivals#CLOSED}: who sends; else null
 */
public record ClientGroup(
        String name,
        String tenant,
        int tenants,
        int connections,
        Arrivals arrivals,
        List<Phase> phases,
        int burst,
        long most,
        int messages,
        long bytes,
        String operation,
        Priority priority,
        long deadline,
        int weight,
        int retries,
        int cancel,
        long cancelAfter,
        long disconnectEvery,
        @Nullable ClosedLoop loop) {
    /**
     * Workers that send one message after the other, each when the one before has been answered or refused.
     *
     * @param workers how many
     * @param think how long each waits before its next message
     * @param patience nanoseconds after which a worker gives its message up and goes on; Long.MAX_VALUE for never
     * @param cancels whether it tells that it gave up; if not, the message stays where it is and nobody wants its
     *     answer
     */
    public record ClosedLoop(int workers, ServiceTime think, long patience, boolean cancels) {}

    /** Clients that do not wait for answers. */
    public ClientGroup(
            String name,
            String tenant,
            int tenants,
            int connections,
            Arrivals arrivals,
            List<Phase> phases,
            int burst,
            long most,
            int messages,
            long bytes,
            String operation,
            Priority priority,
            long deadline,
            int weight,
            int retries,
            int cancel,
            long cancelAfter,
            long disconnectEvery) {
        this(
                name,
                tenant,
                tenants,
                connections,
                arrivals,
                phases,
                burst,
                most,
                messages,
                bytes,
                operation,
                priority,
                deadline,
                weight,
                retries,
                cancel,
                cancelAfter,
                disconnectEvery,
                null);
    }

    /** A copy that is guaranteed not to change. */
    public ClientGroup {
        phases = List.copyOf(phases);
    }

    /** The same clients, spread over so many tenants. */
    public ClientGroup withTenants(int others) {
        return new ClientGroup(
                name,
                tenant,
                others,
                connections,
                arrivals,
                phases,
                burst,
                most,
                messages,
                bytes,
                operation,
                priority,
                deadline,
                weight,
                retries,
                cancel,
                cancelAfter,
                disconnectEvery,
                loop);
    }

    /** The key of the tenant that a connection belongs to. */
    public String tenant(int connection) {
        return tenants == 1 ? tenant : tenant + "-" + connection % tenants;
    }
}
