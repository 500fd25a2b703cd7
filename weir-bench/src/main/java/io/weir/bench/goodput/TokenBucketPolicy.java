package io.weir.bench.goodput;

import io.weir.core.rate.Rate;
import io.weir.core.rate.TokenBucket;
import io.weir.sim.goodput.Policy;

/** A token bucket of what the servers can do, with a tenth of a second's worth of burst. */
final class TokenBucketPolicy implements Policy {
    private static final int CAPACITY = 800;

    private final Rate rate = new Rate(CAPACITY, CAPACITY / 10);
    private final TokenBucket bucket = new TokenBucket(0);

    @Override
    public boolean offer(long now) {
        return bucket.take(rate, now, 1);
    }
}
