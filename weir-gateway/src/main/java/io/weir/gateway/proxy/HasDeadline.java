package io.weir.gateway.proxy;

/** Something that must end by a time. Confined to its event loop. */
interface HasDeadline extends Abortable {
    /** By when, in nanoseconds of the monotonic clock. */
    long deadline();

    /** Ends it because its time has passed. */
    void timeOut(long now);

    /** What has no answer of its own for a shutdown ends as if its time had passed. */
    @Override
    default void abort(long now) {
        timeOut(now);
    }

    /** Whether a shutdown waits for it. */
    default boolean holdsShutdown() {
        return false;
    }
}
