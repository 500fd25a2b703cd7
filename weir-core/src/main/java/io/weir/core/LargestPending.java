package io.weir.core;

/**
 * How full the fullest are, each against its own limits. The figures may be those of different ones.
 *
 * @param connectionMessages the most messages that one connection has pending
 * @param connectionPermille the most that a connection has taken of its limit, of messages or of bytes, in thousandths
 * @param tenantPermille the same of tenants; -1 if none has a limit
 */
public record LargestPending(long connectionMessages, long connectionPermille, long tenantPermille) {}
