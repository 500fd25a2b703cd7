package io.weir.config;

import java.time.Duration;

/**
 * How many child processes one upstream may have, and for how long.
 *
 * @param shared whether all sessions share one child; else each session has its own, and requests without a session share one
 * @param max children at the most, those that are starting or stopping included
 * @param maxPerTenant children at the most that serve sessions of one tenant
 * @param startsPerSec children that may be started in a second
 * @param startTimeout until a child must have answered {@code initialize}, counted from its start; as long does a session wait for a child
 * @param idleTimeout how long a child that serves no session may live without a request; a session has its own idle timeout
 * @param maxAge how long a child lives at the most; then it gets no more requests, and is stopped when it has answered
 * @param stopTimeout how long a child may take to exit after its input was closed, and again after SIGTERM; then it is killed
 * @param maxMemoryBytes the most private memory that each process of a child may have, in bytes; 0 for no ceiling
 * @param maxLineBytes the longest line that a child may write, in bytes
 */
public record ChildPolicy(
        boolean shared,
        int max,
        int maxPerTenant,
        int startsPerSec,
        Duration startTimeout,
        Duration idleTimeout,
        Duration maxAge,
        Duration stopTimeout,
        long maxMemoryBytes,
        int maxLineBytes) {

    /** What holds where nothing is configured. */
    public static final ChildPolicy DEFAULT = new ChildPolicy(
            false,
            20,
            20,
            10,
            Duration.ofSeconds(30),
            Duration.ofMinutes(10),
            Duration.ofHours(24),
            Duration.ofSeconds(2),
            0,
            16 << 20);
}
