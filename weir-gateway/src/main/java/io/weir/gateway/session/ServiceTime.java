package io.weir.gateway.session;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How long exchanges with an upstream have taken lately: an exponentially weighted mean over about the last 16. It is
 * what a client that a queue limit turned away is told to wait. Thread-safe; a sample may be lost to a race.
 */
final class ServiceTime {
    private static final int WEIGHT_SHIFT = 4;
    private static final long UNKNOWN_MILLIS = 100;
    private static final long LEAST_MILLIS = 10;
    private static final long MOST_MILLIS = 60_000;

    private final AtomicLong meanNanos = new AtomicLong();

    void record(long nanos) {
        long before = meanNanos.get();
        long after = before == 0 ? nanos : before + ((nanos - before) >> WEIGHT_SHIFT);
        meanNanos.compareAndSet(before, Math.max(1, after));
    }

    long retryAfterMillis() {
        long mean = meanNanos.get();
        if (mean == 0) {
            return UNKNOWN_MILLIS;
        }
        return Math.min(MOST_MILLIS, Math.max(LEAST_MILLIS, TimeUnit.NANOSECONDS.toMillis(mean)));
    }
}
