package io.weir.examples;

import io.weir.core.limiter.Limiter;
import io.weir.core.limiter.RejectedException;
import io.weir.core.limiter.Request;
import io.weir.core.limiter.TaskQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A server that works on one call at a time: the others wait, and the tenants take turns. */
public final class QueuedCalls {
    private QueuedCalls() {}

    public static void main(String[] arguments) throws InterruptedException {
        ExecutorService executor = Executors.newFixedThreadPool(1);
        try (Limiter limiter = Limiter.builder().maxMessages(3).build()) {
            TaskQueue queue = limiter.queue("search", executor).concurrency(1).build();
            List<CompletableFuture<?>> calls = new ArrayList<>();
            for (String call : List.of("acme 1", "acme 2", "acme 3", "acme 4", "globex 1")) {
                calls.add(submit(queue, call));
            }
            calls.forEach(CompletableFuture::join);
        }
        executor.shutdown();
    }

    private static CompletableFuture<?> submit(TaskQueue queue, String call) {
        String tenant = call.substring(0, call.indexOf(' '));
        Request request = Request.of(tenant, "session-1", call.length())
                .withOperation("search")
                .withTtl(Duration.ofSeconds(5));
        return queue.submit(request, () -> search(call))
                .thenAccept(System.out::println)
                .exceptionally(failure -> {
                    if (failure.getCause() instanceof RejectedException rejected) {
                        System.out.println(
                                call + " is rejected: " + rejected.rejection().reason());
                    }
                    return null;
                });
    }

    private static String search(String call) throws InterruptedException {
        Thread.sleep(20);
        return call + " is served";
    }
}
