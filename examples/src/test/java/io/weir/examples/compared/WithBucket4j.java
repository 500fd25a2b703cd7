package io.weir.examples.compared;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

final class WithBucket4j implements Guarded {
    private final Map<String, Semaphore> semaphores = new ConcurrentHashMap<>();
    private final Map<String, Bucket> buckets = new ConcurrentHashMap<>();
    private final Server server;

    WithBucket4j(Server server) {
        this.server = server;
    }

    @Override
    public String call(String tenant, String session, byte[] request) {
        Semaphore semaphore = semaphores.computeIfAbsent(tenant + "/" + session, key -> new Semaphore(10));
        if (!semaphore.tryAcquire()) {
            return "rejected: concurrency";
        }
        try {
            Bucket bucket = buckets.computeIfAbsent(
                    tenant + "/" + session,
                    key -> Bucket.builder()
                            .addLimit(limit -> limit.capacity(20).refillGreedy(20, Duration.ofSeconds(1)))
                            .build());
            ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(1);
            if (!probe.isConsumed()) {
                return "rejected: rate, retry after " + probe.getNanosToWaitForRefill() + " ns";
            }
            return server.call(request);
        } finally {
            semaphore.release();
        }
    }
}
