package io.weir.sim.scenario;

/** How the messages of a group of clients are spread over time. None of them waits for answers. */
public enum Arrivals {
    /** Independent of each other: the time between two is exponentially distributed. */
    POISSON,
    /** At even distances. */
    CONSTANT,
    /** So many at once, at even distances. */
    BURST
}
