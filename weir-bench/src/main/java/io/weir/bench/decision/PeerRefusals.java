package io.weir.bench.decision;

import com.alibaba.csp.sentinel.Entry;
import com.alibaba.csp.sentinel.SphU;
import com.alibaba.csp.sentinel.slots.block.BlockException;
import com.google.common.util.concurrent.RateLimiter;
import com.netflix.concurrency.limits.Limiter;
import io.github.bucket4j.Bucket;
import io.github.resilience4j.bulkhead.Bulkhead;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** One refusal by each peer, its limit taken; each peer's own way without an exception where it has one. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PeerRefusals {
    /** No permit left. */
    @State(Scope.Benchmark)
    public static class Permits {
        final Semaphore semaphore = new Semaphore(0);
    }

    /** Full. */
    @State(Scope.Benchmark)
    public static class FullBulkhead {
        final Bulkhead bulkhead = Peers.bulkhead(1);

        @Setup
        public void fill() {
            require(bulkhead.tryAcquirePermission());
        }
    }

    /** One permit in a second, taken again as each second begins. */
    @State(Scope.Benchmark)
    public static class SpentRate {
        final io.github.resilience4j.ratelimiter.RateLimiter limiter = Peers.rateLimiter(1);
    }

    /** Full. */
    @State(Scope.Benchmark)
    public static class FullLimiter {
        final Limiter<Void> limiter = Peers.fixed(1);

        @Setup
        @SuppressWarnings("NullAway")
        public void fill() {
            require(limiter.acquire(null).isPresent());
        }
    }

    /** No query a second. */
    @State(Scope.Benchmark)
    public static class ClosedResource {
        final String name = SentinelResources.limitedTo(0);
    }

    /** One token a second. */
    @State(Scope.Benchmark)
    public static class SpentBucket {
        final Bucket bucket = Peers.bucket(1);
    }

    /** One permit in 1000 seconds. */
    @State(Scope.Benchmark)
    @SuppressWarnings("UnstableApiUsage")
    public static class SpentGuavaRate {
        final RateLimiter limiter = RateLimiter.create(0.001);

        @Setup
        public void spend() {
            require(limiter.tryAcquire());
        }
    }

    private static void require(boolean acquired) {
        if (!acquired) {
            throw new IllegalStateException("The one reservation could not be acquired");
        }
    }

    @Benchmark
    public boolean semaphore(Permits state) {
        return state.semaphore.tryAcquire();
    }

    @Benchmark
    public boolean resilience4jBulkhead(FullBulkhead state) {
        return state.bulkhead.tryAcquirePermission();
    }

    @Benchmark
    public boolean resilience4jRateLimiter(SpentRate state) {
        return state.limiter.acquirePermission();
    }

    @Benchmark
    @SuppressWarnings("NullAway")
    public boolean netflixFixed(FullLimiter state) {
        return state.limiter.acquire(null).isPresent();
    }

    @Benchmark
    public boolean sentinelQps(ClosedResource state) {
        try (Entry entry = SphU.entry(state.name)) {
            return entry != null;
        } catch (BlockException e) {
            return false;
        }
    }

    @Benchmark
    public boolean bucket4jLockFree(SpentBucket state) {
        return state.bucket.tryConsume(1);
    }

    @Benchmark
    @SuppressWarnings("UnstableApiUsage")
    public boolean guavaRateLimiter(SpentGuavaRate state) {
        return state.limiter.tryAcquire();
    }
}
