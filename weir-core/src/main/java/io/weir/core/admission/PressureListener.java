package io.weir.core.admission;

import io.weir.core.Scope;

/**
 * Is told once when the pending messages or bytes of a connection, a tenant or the process cross the threshold of a
 * limit, and once when they are well below it again. Called on the thread that crossed it, outside any lock; an
 * exception is swallowed.
 */
@FunctionalInterface
public interface PressureListener {
    /** Listens to nothing. */
    PressureListener NONE = pressure -> {};

    /** @param pressure what was crossed, and in which direction */
    void onPressure(Pressure pressure);

    /**
     * A connection that was {@linkplain Decision#PAUSED paused} is to be read again, and what was paused to be offered
     * again: at most half of its limit is taken and what was paused fits, or waiting has become useless (the connection
     * was reset, the admission was closed, or the configuration changed). Called once for each time that it was paused,
     * on the thread that brought it about, outside any queue's lock; maybe before the offer that is paused has
     * returned. An exception is swallowed.
     *
     * @param tenant the key of the connection's tenant
     * @param connection the connection's key
     */
    default void onDrained(String tenant, String connection) {}

    /**
     * A crossing.
     *
     * @param scope what the limit is the limit of
     * @param tenant the key of the tenant whose limit it is, or whose connection's; empty for the process
     * @param name the connection's or tenant's key; empty for the process
     * @param raised whether the threshold was reached, rather than left
     * @param messages pending messages as counted at the crossing
     * @param lowMessages with how many pending messages, and {@code lowBytes}, a raised signal ends
     * @param maxMessages the limit on pending messages
     * @param bytes pending bytes as counted at the crossing
     * @param lowBytes with how many pending bytes, and {@code lowMessages}, a raised signal ends
     * @param maxBytes the limit on pending bytes
     */
    record Pressure(
            Scope scope,
            String tenant,
            String name,
            boolean raised,
            int messages,
            int lowMessages,
            int maxMessages,
            long bytes,
            long lowBytes,
            long maxBytes) {}
}
