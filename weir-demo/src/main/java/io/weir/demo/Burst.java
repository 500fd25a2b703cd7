package io.weir.demo;

import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse.JSONRPCError;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Many calls at once from one client, and what became of each. Thread-safe. */
final class Burst {
    private final int offered;
    private final long begun = System.nanoTime();
    private final CountDownLatch open;
    private final List<Long> latencies = new ArrayList<>();
    private final List<Long> retryAfterMillis = new ArrayList<>();
    private final Map<String, Integer> refused = new TreeMap<>();
    private String firstRefusal = "";
    private int failed;

    private Burst(int offered) {
        this.offered = offered;
        this.open = new CountDownLatch(offered);
    }

    /** Sends all calls at once. */
    static Burst start(int offered, McpAsyncClient client, CallToolRequest call) {
        Burst burst = new Burst(offered);
        for (int i = 0; i < offered; i++) {
            client.callTool(call).subscribe(result -> burst.answered(), burst::refusedOrFailed);
        }
        return burst;
    }

    private void answered() {
        synchronized (this) {
            latencies.add(System.nanoTime() - begun);
        }
        open.countDown();
    }

    private void refusedOrFailed(Throwable failure) {
        synchronized (this) {
            if (failure instanceof McpError error && error.getJsonRpcError() != null) {
                refused(error.getJsonRpcError());
            } else {
                firstRefusal = firstRefusal.isEmpty() ? String.valueOf(failure) : firstRefusal;
                failed++;
            }
        }
        open.countDown();
    }

    private synchronized void refused(JSONRPCError error) {
        firstRefusal = firstRefusal.isEmpty() ? error.message() : firstRefusal;
        String reason = "no reason";
        if (error.data() instanceof Map<?, ?> data) {
            reason = String.valueOf(data.get("reason"));
            if (data.get("retryAfterMs") instanceof Number millis) {
                retryAfterMillis.add(millis.longValue());
            }
        }
        refused.merge(reason, 1, Integer::sum);
    }

    /** Waits until every call has its response; false if the time passes first. */
    boolean await(long millis) throws InterruptedException {
        return open.await(millis, TimeUnit.MILLISECONDS);
    }

    int offered() {
        return offered;
    }

    synchronized int answeredCalls() {
        return latencies.size();
    }

    synchronized int failed() {
        return failed;
    }

    synchronized int refused() {
        return refused.values().stream().mapToInt(Integer::intValue).sum();
    }

    synchronized Map<String, Integer> refusedByReason() {
        return new TreeMap<>(refused);
    }

    /** The median of how long answered calls took, in milliseconds; 0 if none was answered. */
    synchronized long medianMillis() {
        List<Long> sorted = new ArrayList<>(latencies);
        Collections.sort(sorted);
        return sorted.isEmpty() ? 0 : TimeUnit.NANOSECONDS.toMillis(sorted.get(sorted.size() / 2));
    }

    /** The earliest and the latest retry time, in milliseconds, as text. */
    synchronized String retryTimes() {
        return retryAfterMillis.isEmpty()
                ? "none"
                : String.format("%,d to %,d ms", Collections.min(retryAfterMillis), Collections.max(retryAfterMillis));
    }

    /** The message of the first refusal. */
    synchronized String firstRefusal() {
        return firstRefusal;
    }
}
