package io.weir.core;

/**
 * How much was rejected in one way.
 *
 * @param action what was done with it
 * @param reason the limit that rejected it
 * @param scope what that limit is the limit of
 * @param count messages and their bytes, never none
 */
public record RejectionCount(RejectionAction action, Reason reason, Scope scope, Count count) {}
