package io.weir.sim.scenario;

/**
 * How fast a group sends from some time on.
 *
 * @param at nanoseconds from the beginning
 * @param perThousandSeconds messages in a thousand seconds, over all connections of the group; 0 to send nothing
 */
public record Phase(long at, long perThousandSeconds) {}
