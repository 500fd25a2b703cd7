package io.weir.core;

/**
 * A snapshot of one connection.
 *
 * @param tenant the tenant that it belongs to
 * @param key the connection's key
 * @param pending what its limits count now; control messages are not among it
 * @param control pending control messages
 * @param flow what became of the messages it offered
 */
public record ConnectionStats(String tenant, String key, Count pending, Count control, FlowStats flow) {}
