package io.weir.sim.scenario;

/**
 * What a scenario expects of its result.
 *
 * @param figure that it is about
 * @param clients the group whose figure it is; empty for all
 * @param min the least that is expected, in the figure's unit
 * @param max the most that is expected, in the figure's unit; Long.MAX_VALUE for no bound
 */
public record Expectation(Figure figure, String clients, long min, long max) {}
