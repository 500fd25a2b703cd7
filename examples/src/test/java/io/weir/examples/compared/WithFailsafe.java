package io.weir.examples.compared;

import dev.failsafe.Bulkhead;
import dev.failsafe.BulkheadFullException;
import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeExecutor;
import dev.failsafe.RateLimitExceededException;
import dev.failsafe.RateLimiter;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

final class WithFailsafe implements Guarded {
    private final Map<String, FailsafeExecutor<Object>> executors = new ConcurrentHashMap<>();
    private final Server server;

    WithFailsafe(Server server) {
        this.server = server;
    }

    private static FailsafeExecutor<Object> executor() {
        return Failsafe.with(
                Bulkhead.of(10),
                RateLimiter.burstyBuilder(20, Duration.ofSeconds(1)).build());
    }

    @Override
    public String call(String tenant, String session, byte[] request) {
        FailsafeExecutor<Object> executor = executors.computeIfAbsent(tenant + "/" + session, key -> executor());
        try {
            return executor.get(() -> server.call(request));
        } catch (BulkheadFullException e) {
            return "rejected: concurrency";
        } catch (RateLimitExceededException e) {
            return "rejected: rate";
        }
    }
}
