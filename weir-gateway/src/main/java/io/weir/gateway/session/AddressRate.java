package io.weir.gateway.session;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.core.rate.Rate;
import io.weir.core.rate.TokenBucket;
import java.util.HashMap;
import java.util.Map;

/**
 * How many {@code initialize} each address may send: a session has limits of its own, so a new one for each call would
 * be a way past them. Knows only the addresses whose bucket is not full, and only so many. Thread-safe.
 */
public final class AddressRate {
    private static final long SWEEP_INTERVAL_NANOS = 100_000_000;

    private final Rate rate;
    private final int most;

    @GuardedBy("this")
    private final Map<String, TokenBucket> buckets = new HashMap<>();

    @GuardedBy("this")
    private long sweepAt;

    @GuardedBy("this")
    private boolean swept;

    /**
     * A rate for each address.
     *
     * @param perSecond in the long run, 1 to 1,000,000
     * @param burst at once, 1 to 1,000,000,000
     * @param most addresses that are known at a time; beyond them no other may send any
     */
    public AddressRate(int perSecond, long burst, int most) {
        this.rate = new Rate(perSecond, burst);
        this.most = most;
    }

    /** Lets one pass, or says how long to wait, in nanoseconds; 0 if it passed. */
    public synchronized long take(String address, long now) {
        TokenBucket bucket = buckets.get(address);
        if (bucket == null) {
            if (buckets.size() >= most && !makesRoom(now)) {
                return SWEEP_INTERVAL_NANOS;
            }
            bucket = new TokenBucket(now);
            buckets.put(address, bucket);
        }
        return bucket.take(rate, now, 1) ? 0 : Math.max(1, bucket.waitNanos(rate, now, 1));
    }

    @GuardedBy("this")
    private boolean makesRoom(long now) {
        if (!swept || now - sweepAt >= 0) {
            forgetFull(now);
        }
        return buckets.size() < most;
    }

    /** Forgets the addresses that sent none for long enough. To be called now and then. */
    public synchronized void forgetFull(long now) {
        swept = true;
        sweepAt = now + SWEEP_INTERVAL_NANOS;
        buckets.values().removeIf(bucket -> bucket.isFull(now));
    }

    /** How many addresses are known. */
    public synchronized int addresses() {
        return buckets.size();
    }
}
