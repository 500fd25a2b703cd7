package io.weir.sim.report;

/**
 * Something that was done to Weir or to an upstream, marked in every plot.
 *
 * @param at nanoseconds from the beginning
 * @param what in a few words; equal for marks of the same kind
 * @param detail of this one; may be empty
 */
public record Mark(long at, String what, String detail) {}
