package io.weir.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.Outcome;
import io.weir.core.Priority;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.admission.PressureListener;
import io.weir.core.config.WeirConfigBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Handlers and listeners are called under no lock: another thread can use the queue while they run. */
class CallbacksTest {
    private static final long SECOND = 1_000_000_000L;

    private final List<String> called = new ArrayList<>();
    private @Nullable UpstreamQueue queue;

    private static final class Lines extends DecisionLog {
        @Override
        protected void line(String json) {}
    }

    /** Waits for another thread that needs every lock of the queue; under one, that fails, and nothing is noted. */
    private void called(String what) {
        UpstreamQueue used = queue;
        if (used != null) {
            CompletableFuture.runAsync(() -> used.tick(SECOND))
                    .orTimeout(5, TimeUnit.SECONDS)
                    .join();
        }
        called.add(what);
    }

    private final class Handler implements Offer.Handler {
        @Override
        public void dispatched(Offer offer, long now) {
            called("dispatched");
        }

        @Override
        public void removed(Offer offer, Outcome outcome, long now) {
            called("removed");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void callbacks_areUnderNoLock(boolean logged) {
        DecisionLog log = logged ? new Lines() : null;
        PressureListener pressure = crossed -> called(crossed.raised() ? "raised" : "lowered");
        Admission admission = Admission.repeatable(
                new WeirConfigBuilder(1L << 30).maxMessages(2).build(),
                log == null ? pressure : log.outsideLock(pressure));
        UpstreamQueue made = new UpstreamQueue(
                "up",
                admission,
                QueuePolicy.DEFAULT.withCapacity(Capacity.fixed(1)),
                (upstream, state) -> called(state.toString()),
                log,
                SECOND);
        queue = made;
        Connection connection = admission.connection("t", "c", SECOND);
        Offer first = new Offer(connection, "echo", 1, 1, Priority.CALL, SECOND, 1, new Handler());
        Offer second = new Offer(connection, "echo", 1, 1, Priority.CALL, SECOND, 1, new Handler());

        assertThat(made.offer(first, SECOND)).isEqualTo(Decision.DISPATCHED);
        assertThat(made.offer(second, SECOND)).isEqualTo(Decision.QUEUED);
        made.finish(first, Outcome.COMPLETED, SECOND);
        made.finish(second, Outcome.COMPLETED, SECOND);

        assertThat(called).contains("raised", "dispatched", "lowered");
    }

    @Test
    void errorOfAListener_losesNoOtherCall() {
        List<Throwable> reported = new ArrayList<>();
        Thread thread = Thread.currentThread();
        Thread.UncaughtExceptionHandler before = thread.getUncaughtExceptionHandler();
        thread.setUncaughtExceptionHandler((same, thrown) -> reported.add(thrown));
        try {
            Notifications notifications = new Notifications();
            notifications.add(() -> {
                throw new StackOverflowError("as planned");
            });
            notifications.add(() -> called.add("second"));
            notifications.callAll();
            notifications.add(() -> called.add("third"));
            notifications.callAll();
        } finally {
            thread.setUncaughtExceptionHandler(before);
        }

        assertThat(called).containsExactly("second", "third");
        assertThat(reported).singleElement().isInstanceOf(StackOverflowError.class);
    }
}
