package io.weir.sim.scenario;

import java.util.List;
import java.util.Map;

/**
 * A model of the server behind Weir.
 *
 * @param kind how it works on several messages at once
 * @param thrashBeyond with {@link Kind#SHARING}: how many messages at once it works on without loss; beyond, the work
 *     that it does in all falls in proportion. 0 for no such loss
 * @param servers at the beginning; of {@link Kind#DELAY} without meaning
 * @param services how long messages take, by operation
 * @param service how long all other messages take
 * @param failures how many of a million messages fail
 * @param timeout nanoseconds after which Weir gives a dispatched message up
 * @param changes in order of time
 */
public record UpstreamModel(
        Kind kind,
        int thrashBeyond,
        int servers,
        Map<String, ServiceTime> services,
        ServiceTime service,
        int failures,
        long timeout,
        List<Change> changes) {
    /** How an upstream works on several messages at once. */
    public enum Kind {
        /** Each server works on one message; the others wait in the upstream, first in, first out. */
        FIFO,
        /**
         * All messages at once get the same part of the servers' time, but none more than one server's: threads on
         * cores.
         */
        SHARING,
        /** Every message takes its time, however many there are: an event loop that waits for something else. */
        DELAY
    }

    /** What an upstream does. */
    public enum State {
        /** It works. */
        UP,
        /** It takes messages and answers none; what it worked on is answered when it is up again. */
        HUNG,
        /** It turns connections away: messages fail at once. */
        DOWN
    }

    /**
     * A change for good, until the next one.
     *
     * @param at nanoseconds from the beginning
     * @param servers from then on
     * @param slowdown thousandths of the service time that work takes from then on
     * @param failures how many of a million messages fail from then on
     * @param state from then on
     */
    public record Change(long at, int servers, int slowdown, int failures, State state) {}

    /** Servers that work on one message each. */
    public UpstreamModel(
            int servers,
            Map<String, ServiceTime> services,
            ServiceTime service,
            int failures,
            long timeout,
            List<Change> changes) {
        this(Kind.FIFO, 0, servers, services, service, failures, timeout, changes);
    }

    /** A copy that is guaranteed not to change. */
    public UpstreamModel {
        services = Map.copyOf(services);
        changes = List.copyOf(changes);
    }

    /** How long a message of that operation takes. */
    public ServiceTime service(String operation) {
        return services.getOrDefault(operation, service);
    }
}
