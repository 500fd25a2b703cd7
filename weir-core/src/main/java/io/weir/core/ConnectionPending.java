package io.weir.core;

import java.util.List;

/**
 * How pending messages are distributed over the live connections.
 *
 * @param connections how many there are
 * @param messages pending messages of one connection
 * @param bytes pending bytes of one connection
 * @param top the connections with the most pending messages, most first
 */
public record ConnectionPending(int connections, Percentiles messages, Percentiles bytes, List<ConnectionStats> top) {
    /**
     * Percentiles by the nearest rank: each is the value of some connection; 0 without connections.
     *
     * @param p50 half of the connections have no more
     * @param p90 nine of ten connections have no more
     * @param p99 99 of 100 connections have no more
     * @param max no connection has more
     */
    public record Percentiles(long p50, long p90, long p99, long max) {}
}
