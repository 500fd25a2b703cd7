package io.weir.gateway.upstream;

import java.util.concurrent.TimeUnit;

/**
 * For how long a connection to an upstream may be idle and still be used: as long as configured, but not as long as the
 * server was seen to close them after. A server that closes idle connections sooner than configured would else be met
 * closing ever again. Confined to its event loop.
 */
final class KeepAlive {
    /** What was seen is forgotten after a minute: a server that stops closes connections of all ages. */
    private static final long REMEMBERED = TimeUnit.MINUTES.toNanos(1);

    /** Shorter times are no keep-alive but a server that stops or is restarted. */
    private static final long MIN_IDLE = TimeUnit.MILLISECONDS.toNanos(100);

    private final long configured;
    private long seen = Long.MAX_VALUE;
    private long seenAt;

    KeepAlive(long nanos) {
        this.configured = nanos;
    }

    /** The server closed a connection that had been idle for that long. */
    void closedByServer(long idleNanos) {
        if (idleNanos >= MIN_IDLE && idleNanos < configured) {
            seen = idleNanos;
            seenAt = System.nanoTime();
        }
    }

    /**
     * For how long a connection may be idle, in nanoseconds: three quarters of what the server grants, for what is on
     * its way.
     */
    long nanos(long now) {
        return seen == Long.MAX_VALUE || now - seenAt > REMEMBERED ? configured : Math.min(configured, seen / 4 * 3);
    }
}
