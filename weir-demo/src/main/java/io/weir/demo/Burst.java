package io.weir.demo;

import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse.JSONRPCError;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Many calls at once from one client, and what became of each. */
final class Burst {
    private final int offered;
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();
    private final Map<String, AtomicInteger> refused = new TreeMap<>();
    private final AtomicReference<String> firstRefusal = new AtomicReference<>("");
    private final CountDownLatch open;

    Burst(int offered) {
        this.offered = offered;
        this.open = new CountDownLatch(offered);
    }

    /** Offers all calls at once. */
    void start(McpAsyncClient client) {
        for (int i = 0; i < offered; i++) {
            client.callTool(CallToolRequest.builder("hold")
                            .arguments(Map.of("why", "to be counted"))
                            .build())
                    .subscribe(result -> ended(answered), this::refusedOrFailed);
        }
    }

    private void ended(AtomicInteger counter) {
        counter.incrementAndGet();
        open.countDown();
    }

    private void refusedOrFailed(Throwable failure) {
        if (failure instanceof McpError error && error.getJsonRpcError() != null) {
            JSONRPCError answer = error.getJsonRpcError();
            firstRefusal.compareAndSet("", "code " + answer.code() + ": " + answer.message());
            String reason = answer.data() instanceof Map<?, ?> data ? String.valueOf(data.get("reason")) : "no reason";
            AtomicInteger count;
            synchronized (refused) {
                count = refused.computeIfAbsent(reason, r -> new AtomicInteger());
            }
            ended(count);
        } else {
            firstRefusal.compareAndSet("", String.valueOf(failure));
            ended(failed);
        }
    }

    /** Waits until every call has an answer; false if the time passes first. */
    boolean awaitNext(long millis) throws InterruptedException {
        return open.await(millis, TimeUnit.MILLISECONDS);
    }

    int offered() {
        return offered;
    }

    int answered() {
        return answered.get();
    }

    int failed() {
        return failed.get();
    }

    int refused() {
        return refusedByReason().values().stream().mapToInt(Integer::intValue).sum();
    }

    Map<String, Integer> refusedByReason() {
        Map<String, Integer> counts = new TreeMap<>();
        synchronized (refused) {
            refused.forEach((reason, count) -> counts.put(reason, count.get()));
        }
        return counts;
    }

    /** What the first refused call was told. */
    String firstRefusal() {
        return String.valueOf(firstRefusal.get());
    }
}
