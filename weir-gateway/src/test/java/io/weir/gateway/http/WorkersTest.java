package io.weir.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WorkersTest {
    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    @Test
    void work_isDone_andFailsWithoutAThrowWhenTheWorkersHaveStopped() throws Exception {
        Vertx vertx = Vertx.vertx();
        WorkerExecutor own = vertx.createSharedWorkerExecutor("own", 1);

        assertThat(get(Workers.run(vertx, () -> 7))).isEqualTo(7);
        assertThat(get(Workers.runUnordered(own, () -> 8))).isEqualTo(8);
        get(own.close());
        assertThat(Workers.runUnordered(own, () -> 8).failed()).isTrue();
        get(vertx.close());
        assertThat(Workers.run(vertx, () -> 7).failed()).isTrue();
    }
}
