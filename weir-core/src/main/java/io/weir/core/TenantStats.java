package io.weir.core;

/**
 * A snapshot of one tenant: the sum over its connections, those that were cleaned up included.
 *
 * @param tenant the tenant's key
 * @param connections its live connections
 * @param pending what its limits count now; control messages are not among it
 * @param flow what became of the messages it offered
 */
public record TenantStats(String tenant, int connections, Count pending, FlowStats flow) {}
