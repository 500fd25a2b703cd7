package io.weir.core;

/**
 * An admitted message's share of the limits, held until it is released. Each of the four methods releases it; the first
 * call decides the outcome that is counted, and every later call changes nothing. Thread-safe: any thread may release
 * it.
 *
 * <pre>{@code
 * try (permit) {
 *     call();
 *     permit.completed();
 * } // an exception of call() counts as failed
 * }</pre>
 *
 * <p>Limiters implement this interface; tests of other code may.
 */
public non-sealed interface Permit extends Acquisition, AutoCloseable {
    /**
     * Releases this permit; the message counts as {@link Outcome#COMPLETED}.
     *
     * @return false if it had been released before
     */
    boolean completed();

    /**
     * Releases this permit; the message counts as {@link Outcome#FAILED}.
     *
     * @return false if it had been released before
     */
    boolean failed();

    /**
     * Releases this permit; the message counts as {@link Outcome#CANCELLED}: its client gave it up.
     *
     * @return false if it had been released before
     */
    boolean cancelled();

    /** Releases this permit if it is still held; the message then counts as {@link Outcome#FAILED}. */
    @Override
    void close();
}
