package io.weir.examples.compared;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.bulkhead.BulkheadRegistry;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import java.time.Duration;

final class WithResilience4j implements Guarded {
    private final BulkheadRegistry bulkheads = BulkheadRegistry.of(BulkheadConfig.custom()
            .maxConcurrentCalls(10)
            .maxWaitDuration(Duration.ZERO)
            .build());
    private final RateLimiterRegistry rates = RateLimiterRegistry.of(RateLimiterConfig.custom()
            .limitForPeriod(20)
            .limitRefreshPeriod(Duration.ofSeconds(1))
            .timeoutDuration(Duration.ZERO)
            .build());
    private final Server server;

    WithResilience4j(Server server) {
        this.server = server;
    }

    @Override
    public String call(String tenant, String session, byte[] request) {
        Bulkhead bulkhead = bulkheads.bulkhead(tenant + "/" + session);
        if (!bulkhead.tryAcquirePermission()) {
            return "rejected: concurrency";
        }
        try {
            if (!rates.rateLimiter(tenant + "/" + session).acquirePermission()) {
                return "rejected: rate";
            }
            return server.call(request);
        } finally {
            bulkhead.onComplete();
        }
    }
}
