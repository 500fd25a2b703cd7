package io.weir.config;

import java.time.Duration;

/**
 * How many child processes, or connections over TCP, one upstream may have, and for how long. Immutable.
 *
 * @param shared whether all sessions share one child; else each session has its own, and requests without a session
 *     share one
 * @param max children at the most, those that are starting or stopping included; from 1
 * @param maxPerTenant children at the most that serve sessions of one tenant; from 1
 * @param maxPerAddress children at the most of the sessions that one client address opened, whatever their tenants;
 *     from 1
 * @param startsPerSec children that may be started in a second; from 1
 * @param startTimeout until a child must have answered {@code initialize}, counted from its start; as long does a
 *     session wait for a child, and as long may a child that seems to hang take to answer a ping
 * @param idleTimeout how long a child that serves no session may live without a request; a session has its own idle
 *     timeout
 * @param maxAge how long a child lives at the most; then it gets no more requests, and is stopped when it has answered
 * @param stopTimeout how long a child may take to exit after its input was closed, and again after SIGTERM; then it is
 *     killed
 * @param maxMemoryBytes the most private memory that each process of a child may have, in bytes; 0 for no ceiling
 * @param maxLineBytes the longest line that a child may write, in bytes; {@link MemoryPlan#childLines}
 */
public record ChildPolicy(
        boolean shared,
        int max,
        int maxPerTenant,
        int maxPerAddress,
        int startsPerSec,
        Duration startTimeout,
        Duration idleTimeout,
        Duration maxAge,
        Duration stopTimeout,
        long maxMemoryBytes,
        int maxLineBytes) {

    /** What holds where nothing is configured and the heap is large enough. */
    public static final ChildPolicy DEFAULT = of(new Values());

    /**
     * To connect costs little: a rate of clients' {@code initialize} holds before it
     * ({@code edge.max_initialize_per_sec_per_address}).
     */
    private static final int UNLIMITED_STARTS = 1_000_000;

    /** A hundred years: a connection ends with its session. */
    private static final Duration FOREVER = Duration.ofDays(36_500);

    /** How long what was written may take to reach a server before its connection is reset. */
    private static final Duration CLOSE_TIMEOUT = Duration.ofMillis(500);

    static ChildPolicy of(Values values) {
        int max = values.get(Keys.CHILDREN_MAX);
        return new ChildPolicy(
                values.get(Keys.CHILDREN_SHARED),
                max,
                values.find(Keys.CHILDREN_MAX_PER_TENANT).orElse(max),
                values.find(Keys.CHILDREN_MAX_PER_ADDRESS).orElse(max),
                values.get(Keys.CHILDREN_STARTS_PER_SEC),
                values.get(Keys.CHILDREN_START_TIMEOUT),
                values.get(Keys.CHILDREN_IDLE_TIMEOUT),
                values.get(Keys.CHILDREN_MAX_AGE),
                values.get(Keys.CHILDREN_STOP_TIMEOUT),
                values.get(Keys.CHILDREN_MAX_MEMORY),
                values.get(Keys.CHILDREN_MAX_LINE_BYTES));
    }

    /**
     * What holds for connections to a server over TCP.
     *
     * @param max connections at the most
     */
    static ChildPolicy ofConnections(int max, Values values) {
        return new ChildPolicy(
                values.get(Keys.CONNECTIONS_SHARED),
                max,
                values.find(Keys.CONNECTIONS_MAX_PER_TENANT).orElse(max),
                values.find(Keys.CONNECTIONS_MAX_PER_ADDRESS).orElse(max),
                UNLIMITED_STARTS,
                values.get(Keys.CONNECTIONS_START_TIMEOUT),
                values.get(Keys.CONNECTIONS_IDLE_TIMEOUT),
                FOREVER,
                CLOSE_TIMEOUT,
                0,
                values.get(Keys.CONNECTIONS_MAX_LINE_BYTES));
    }

    /**
     * How sessions share them, and how many there may be, for an operator.
     *
     * @param one the word for one of them
     * @param several the word for several
     */
    String describe(String one, String several) {
        return shared
                ? "one " + one + " for all sessions"
                : "per session, at most " + max + " " + (max == 1 ? one : several);
    }
}
