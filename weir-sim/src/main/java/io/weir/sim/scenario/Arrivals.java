package io.weir.sim.scenario;

/** How the messages of a group of clients are spread over time. */
public enum Arrivals {
    /** Independent of each other: the time between two is exponentially distributed. */
    POISSON,
    /** At even distances. */
    CONSTANT,
    /** So many at once, at even distances. */
    BURST,
    /**
     * Workers each send their next message when the one before has been answered or refused, after a time of thought.
     */
    CLOSED
}
