package io.weir.sim.scenario;

import java.util.List;
import java.util.Map;

/**
 * A model of the server behind Weir: servers that work at one message each, and a queue of its own in front of them, first in, first out.
 *
 * @param servers at the beginning
 * @param services how long work takes, by its name
 * @param service how long any other work takes
 * @param failures how many of a million messages fail
 * @param timeout nanoseconds after which Weir gives a dispatched message up
 * @param capacity how many messages Weir lets it have at once; 0 for adaptive
 * @param circuit whether Weir's circuit breaker stands in front of it
 * @param changes in order of time
 */
public record UpstreamModel(
        int servers,
        Map<String, ServiceTime> services,
        ServiceTime service,
        int failures,
        long timeout,
        int capacity,
        boolean circuit,
        List<Change> changes) {
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

    /** A copy that is guaranteed not to change. */
    public UpstreamModel {
        services = Map.copyOf(services);
        changes = List.copyOf(changes);
    }

    /** How long work of that name takes. */
    public ServiceTime service(String work) {
        return services.getOrDefault(work, service);
    }
}
