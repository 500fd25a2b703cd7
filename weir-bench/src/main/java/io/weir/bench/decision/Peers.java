package io.weir.bench.decision;

import com.alibaba.csp.sentinel.Entry;
import com.alibaba.csp.sentinel.SphU;
import com.alibaba.csp.sentinel.slots.block.BlockException;
import com.google.common.util.concurrent.RateLimiter;
import com.netflix.concurrency.limits.Limiter;
import com.netflix.concurrency.limits.limit.FixedLimit;
import com.netflix.concurrency.limits.limit.Gradient2Limit;
import com.netflix.concurrency.limits.limit.VegasLimit;
import com.netflix.concurrency.limits.limit.WindowedLimit;
import com.netflix.concurrency.limits.limiter.SimpleLimiter;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.local.SynchronizationStrategy;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * Acquire and release on one object of each peer, which all threads of a run share and whose limit is never reached.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public abstract class Peers {
    static final int PLENTY = 100_000_000;

    /** A bare word. */
    @State(Scope.Benchmark)
    public static class Word {
        final AtomicLong value = new AtomicLong();
    }

    /** Of {@code java.util.concurrent}. */
    @State(Scope.Benchmark)
    public static class Permits {
        final Semaphore semaphore = new Semaphore(1000);
    }

    /** Of Resilience4j. */
    @State(Scope.Benchmark)
    public static class ResilienceBulkhead {
        final Bulkhead bulkhead = bulkhead(1000);
    }

    /** Of Resilience4j. */
    @State(Scope.Benchmark)
    public static class ResilienceRate {
        final io.github.resilience4j.ratelimiter.RateLimiter limiter = rateLimiter(PLENTY);
    }

    /** Of Netflix concurrency-limits. */
    @State(Scope.Benchmark)
    public static class Vegas {
        final Limiter<Void> limiter = vegas();
    }

    /** Of Netflix concurrency-limits. */
    @State(Scope.Benchmark)
    public static class Gradient2 {
        final Limiter<Void> limiter = gradient2();
    }

    /** Of Netflix concurrency-limits. */
    @State(Scope.Benchmark)
    public static class Fixed {
        final Limiter<Void> limiter = fixed(1000);
    }

    /** Of Sentinel. */
    @State(Scope.Benchmark)
    public static class SentinelResource {
        final String name = SentinelResources.limitedTo(PLENTY);
    }

    /** Of Bucket4j. */
    @State(Scope.Benchmark)
    public static class Bucket4j {
        final Bucket bucket = bucket(PLENTY);
    }

    /** Of Guava. */
    @State(Scope.Benchmark)
    @SuppressWarnings("UnstableApiUsage")
    public static class GuavaRate {
        final RateLimiter limiter = RateLimiter.create(1e12);
    }

    @Benchmark
    public long nanoTime() {
        return System.nanoTime();
    }

    @Benchmark
    public long compareAndSetUpAndDown(Word word) {
        return add(word.value, 1) + add(word.value, -1);
    }

    private static long add(AtomicLong word, long delta) {
        long before;
        do {
            before = word.get();
        } while (!word.compareAndSet(before, before + delta));
        return before;
    }

    @Benchmark
    public boolean semaphore(Permits state) {
        boolean acquired = state.semaphore.tryAcquire();
        state.semaphore.release();
        return acquired;
    }

    @Benchmark
    public boolean resilience4jBulkhead(ResilienceBulkhead state) {
        boolean acquired = state.bulkhead.tryAcquirePermission();
        state.bulkhead.onComplete();
        return acquired;
    }

    @Benchmark
    public boolean resilience4jRateLimiter(ResilienceRate state) {
        return state.limiter.acquirePermission();
    }

    @Benchmark
    public boolean netflixVegas(Vegas state) {
        return acquireAndRelease(state.limiter);
    }

    @Benchmark
    public boolean netflixGradient2Windowed(Gradient2 state) {
        return acquireAndRelease(state.limiter);
    }

    @Benchmark
    public boolean netflixFixed(Fixed state) {
        return acquireAndRelease(state.limiter);
    }

    @SuppressWarnings("NullAway")
    private static boolean acquireAndRelease(Limiter<Void> limiter) {
        Limiter.Listener listener = limiter.acquire(null).orElse(null);
        if (listener == null) {
            return false;
        }
        listener.onSuccess();
        return true;
    }

    @Benchmark
    public boolean sentinelQps(SentinelResource state) throws BlockException {
        try (Entry entry = SphU.entry(state.name)) {
            return entry != null;
        }
    }

    @Benchmark
    public boolean bucket4jLockFree(Bucket4j state) {
        return state.bucket.tryConsume(1);
    }

    @Benchmark
    @SuppressWarnings("UnstableApiUsage")
    public boolean guavaRateLimiter(GuavaRate state) {
        return state.limiter.tryAcquire();
    }

    static Bulkhead bulkhead(int calls) {
        return Bulkhead.of(
                "bench",
                BulkheadConfig.custom()
                        .maxConcurrentCalls(calls)
                        .maxWaitDuration(Duration.ZERO)
                        .build());
    }

    static io.github.resilience4j.ratelimiter.RateLimiter rateLimiter(int perSecond) {
        return io.github.resilience4j.ratelimiter.RateLimiter.of(
                "bench",
                RateLimiterConfig.custom()
                        .limitForPeriod(perSecond)
                        .limitRefreshPeriod(Duration.ofSeconds(1))
                        .timeoutDuration(Duration.ZERO)
                        .build());
    }

    static Limiter<Void> vegas() {
        return SimpleLimiter.newBuilder()
                .limit(VegasLimit.newBuilder().initialLimit(1000).build())
                .build();
    }

    static Limiter<Void> gradient2() {
        return SimpleLimiter.newBuilder()
                .limit(WindowedLimit.newBuilder()
                        .build(Gradient2Limit.newBuilder().initialLimit(1000).build()))
                .build();
    }

    static Limiter<Void> fixed(int limit) {
        return SimpleLimiter.newBuilder().limit(FixedLimit.of(limit)).build();
    }

    static Bucket bucket(long perSecond) {
        return Bucket.builder()
                .addLimit(limit -> limit.capacity(perSecond).refillGreedy(perSecond, Duration.ofSeconds(1)))
                .withNanosecondPrecision()
                .withSynchronizationStrategy(SynchronizationStrategy.LOCK_FREE)
                .build();
    }
}
