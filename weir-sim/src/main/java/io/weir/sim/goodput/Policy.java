package io.weir.sim.goodput;

import org.jspecify.annotations.Nullable;

/**
 * A policy to compare Weir with: it decides at the door, and learns from what comes of it. What it lets in goes to the
 * upstream at once, where it waits first in, first out, unless the policy has a {@link Discipline}. Times are
 * nanoseconds of virtual time. Not thread-safe.
 */
public interface Policy {
    /** Whether a message that is offered now is let in. */
    boolean offer(long now);

    /**
     * A message that was let in is over.
     *
     * @param latency since it was offered
     * @param dropped whether it left without an answer: thrown out of the queue, or failed
     */
    default void finished(long now, long latency, boolean dropped) {}

    /** Where messages wait that are let in while all servers are busy; null to let the upstream queue them. */
    default @Nullable Discipline discipline() {
        return null;
    }
}
