package io.weir.gateway.proxy;

/** Something that must end by a time. Confined to its event loop. */
interface HasDeadline {
    /** By when, in nanoseconds of the monotonic clock. */
    long deadline();

    /** Ends it because its time has passed. */
    void timeOut(long now);

    /** Ends it because the gateway stops; its client gets a response. */
    void abort(long now);

    /** Whether a shutdown waits for it. */
    boolean holdsShutdown();
}
