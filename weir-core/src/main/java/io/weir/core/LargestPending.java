package io.weir.core;

/**
 * How full the fullest are. Messages and bytes may be those of different ones.
 *
 * @param connection the most messages that one connection has pending, and the most bytes
 * @param tenant the same of one tenant
 */
public record LargestPending(Count connection, Count tenant) {}
