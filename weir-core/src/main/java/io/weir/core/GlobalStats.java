package io.weir.core;

/**
 * A snapshot of the process: the sum over all tenants, those that were cleaned up included.
 *
 * @param tenants live tenants
 * @param connections live connections
 * @param pending what the global limits count now; control messages are not among it
 * @param control pending control messages
 * @param flow what became of the messages offered
 */
public record GlobalStats(int tenants, int connections, Count pending, Count control, FlowStats flow) {}
