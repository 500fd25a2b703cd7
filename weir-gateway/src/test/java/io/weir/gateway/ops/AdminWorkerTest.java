package io.weir.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AdminWorkerTest {
    @Test
    void work_isDoneOneByOne_andWhatComesWhileMuchWaitsIsRefused() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            AdminWorker worker = new AdminWorker(vertx);
            CountDownLatch go = new CountDownLatch(1);
            AtomicInteger atOnce = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            List<Future<Boolean>> accepted = new ArrayList<>();
            Future<Boolean> last = Future.succeededFuture();
            while (!last.failed()) {
                last = worker.run(() -> {
                    most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
                    go.await();
                    atOnce.decrementAndGet();
                    return true;
                });
                if (!last.failed()) {
                    accepted.add(last);
                }
                assertThat(accepted).hasSizeLessThanOrEqualTo(32);
            }
            assertThat(last.cause()).isInstanceOf(AdminWorker.BusyException.class);
            assertThat(accepted).hasSize(32);
            go.countDown();
            Future.all(accepted).toCompletionStage().toCompletableFuture().join();

            assertThat(most).hasValue(1);
            assertThat(worker.run(() -> 7)
                            .toCompletionStage()
                            .toCompletableFuture()
                            .join())
                    .isEqualTo(7);
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }
}
