package io.weir.core.limiter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.weir.core.Count;
import io.weir.core.FlowStats;
import io.weir.core.Priority;
import io.weir.core.Reason;
import io.weir.core.config.Profile;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("FutureReturnValueIgnored") // the counters tell what became of a task
class TaskQueueTest {
    /** An executor that runs what it was given when the test says so. */
    private static final class ManualExecutor implements Executor {
        final Queue<Runnable> given = new ArrayDeque<>();

        @Override
        public void execute(Runnable task) {
            given.add(task);
        }

        void runAll() {
            for (Runnable task = given.poll(); task != null; task = given.poll()) {
                task.run();
            }
        }
    }

    private final AtomicLong now = new AtomicLong(1);
    private final Limiter limiter = Limiter.builder()
            .profile(Profile.PRODUCTION)
            .maxMessages(4)
            .clock(now::get)
            .build();
    private final ManualExecutor executor = new ManualExecutor();
    private final TaskQueue queue =
            limiter.queue("server", executor).concurrency(1).build();
    private final List<String> ran = new ArrayList<>();

    @AfterEach
    void close() {
        limiter.close();
    }

    private static Request request(String tenant) {
        return Request.of(tenant, "session", 100);
    }

    private CompletableFuture<String> submit(String tenant, String name) {
        return queue.submit(request(tenant), () -> {
            ran.add(name);
            return name;
        });
    }

    private FlowStats flow() {
        return limiter.stats().flow();
    }

    private static Throwable failureOf(CompletableFuture<?> future) {
        Throwable failure = catchThrowable(() -> future.get(30, TimeUnit.SECONDS));
        return Objects.requireNonNull(failure instanceof ExecutionException ? failure.getCause() : failure);
    }

    private static Reason reasonOf(CompletableFuture<?> future) {
        Throwable failure = failureOf(future);
        assertThat(failure).isInstanceOf(RejectedException.class);
        return ((RejectedException) failure).rejection().reason();
    }

    private void assertNothingHeld() {
        assertThat(limiter.stats().pending()).isEqualTo(Count.ZERO);
        assertThat(queue.stats().inFlight()).isZero();
        assertThat(queue.stats().queued()).isZero();
    }

    @Test
    void tasks_beyondTheConcurrency_waitFairlyBetweenTenants() {
        List<CompletableFuture<String>> submitted =
                List.of(submit("acme", "a1"), submit("acme", "a2"), submit("acme", "a3"), submit("globex", "g1"));

        assertThat(executor.given).hasSize(1);
        assertThat(queue.stats().queued()).isEqualTo(3);
        executor.runAll();

        assertThat(ran).containsExactly("a1", "g1", "a2", "a3");
        assertThat(submitted).allSatisfy(future -> assertThat(future).isCompleted());
        assertThat(flow().completed()).isEqualTo(new Count(4, 400));
        assertNothingHeld();
    }

    @Test
    void priority_goesFirstWithinAConnection() {
        submit("acme", "running");
        queue.submit(request("acme").withPriority(Priority.LIST), () -> ran.add("list"));
        submit("acme", "call");
        executor.runAll();

        assertThat(ran).containsExactly("running", "call", "list");
    }

    @Test
    void task_beyondTheLimits_failsWithItsRejection() {
        for (int i = 0; i < 4; i++) {
            submit("acme", "a" + i);
        }

        CompletableFuture<String> fifth = submit("acme", "a4");
        assertThat(reasonOf(fifth)).isEqualTo(Reason.CONNECTION_MESSAGES);
        assertThat(failureOf(fifth)).hasMessage("rejected by connection_messages: 4 of 4");
    }

    @Test
    void value_mayBeNull() {
        CompletableFuture<Void> future = queue.submit(request("acme"), () -> null);
        executor.runAll();

        assertThat(future).isCompletedWithValue(null);
        assertNothingHeld();
    }

    @Test
    void exceptionOfATask_endsTheFuture_andCountsAsFailed() {
        IllegalStateException broken = new IllegalStateException("broken");
        CompletableFuture<String> future = queue.submit(request("acme"), () -> {
            throw broken;
        });
        CompletableFuture<String> next = submit("acme", "next");
        executor.runAll();

        assertThat(failureOf(future)).isSameAs(broken);
        assertThat(next).isCompletedWithValue("next");
        assertThat(flow().failed()).isEqualTo(new Count(1, 100));
        assertNothingHeld();
    }

    @Test
    void errorOfATask_endsTheFuture_andCountsAsFailed() {
        CompletableFuture<String> future = queue.submit(request("acme"), () -> {
            throw new StackOverflowError("deep");
        });
        executor.runAll();

        assertThat(failureOf(future)).isInstanceOf(StackOverflowError.class);
        assertThat(flow().failed()).isEqualTo(new Count(1, 100));
        assertNothingHeld();
    }

    @Test
    void stage_isInFlightUntilItEnds() {
        CompletableFuture<String> stage = new CompletableFuture<>();
        CompletableFuture<String> future = queue.submitAsync(request("acme"), () -> stage);
        submit("acme", "next");
        executor.runAll();

        assertThat(ran).isEmpty();
        assertThat(queue.stats().inFlight()).isOne();
        stage.complete("done");
        assertThat(future).isCompletedWithValue("done");
        executor.runAll();
        assertThat(ran).containsExactly("next");
        assertNothingHeld();
    }

    @Test
    void failureOfAStage_endsTheFuture_andCountsAsFailed() {
        CompletableFuture<String> stage = new CompletableFuture<>();
        CompletableFuture<String> future =
                queue.submitAsync(request("acme"), () -> stage.thenApply(String::toUpperCase));
        executor.runAll();
        stage.completeExceptionally(new IllegalStateException("broken"));

        assertThat(failureOf(future)).isInstanceOf(IllegalStateException.class);
        assertThat(flow().failed()).isEqualTo(new Count(1, 100));
        assertNothingHeld();
    }

    @Test
    @SuppressWarnings("NullAway") // what a caller without the annotations may do
    void missingStage_endsTheFuture_andCountsAsFailed() {
        CompletableFuture<String> future = queue.submitAsync(request("acme"), () -> null);
        executor.runAll();

        assertThat(failureOf(future)).isInstanceOf(NullPointerException.class);
        assertThat(flow().failed()).isEqualTo(new Count(1, 100));
        assertNothingHeld();
    }

    @Test
    void executorThatRejects_endsTheFuture_andCountsAsFailed() {
        RejectedExecutionException full = new RejectedExecutionException("full");
        TaskQueue rejecting = limiter.queue("other", task -> {
                    throw full;
                })
                .concurrency(1)
                .build();

        CompletableFuture<String> first = rejecting.submit(request("acme"), () -> "never");
        CompletableFuture<String> second = rejecting.submit(request("acme"), () -> "never");

        assertThat(failureOf(first)).isSameAs(full);
        assertThat(failureOf(second)).isSameAs(full);
        assertThat(flow().failed()).isEqualTo(new Count(2, 200));
        assertThat(rejecting.stats().inFlight()).isZero();
        assertNothingHeld();
    }

    @Test
    void executorThatRejectsWhatHadWaited_endsTheFuture_andLetsTheNextOneThrough() {
        List<Runnable> given = new ArrayList<>();
        TaskQueue once = limiter.queue("other", task -> {
                    if (!given.isEmpty()) {
                        throw new RejectedExecutionException("full");
                    }
                    given.add(task);
                })
                .concurrency(1)
                .build();
        CompletableFuture<String> first = once.submit(request("acme"), () -> "first");
        List<CompletableFuture<String>> waiting =
                List.of(once.submit(request("acme"), () -> "second"), once.submit(request("acme"), () -> "third"));

        given.get(0).run();

        assertThat(first).isCompletedWithValue("first");
        assertThat(waiting)
                .allSatisfy(future -> assertThat(failureOf(future)).isInstanceOf(RejectedExecutionException.class));
        assertThat(flow().failed()).isEqualTo(new Count(2, 200));
        assertNothingHeld();
    }

    @Test
    void cancelled_whileItWaits_leavesAtOnce() {
        submit("acme", "running");
        CompletableFuture<String> waiting = submit("acme", "waiting");

        assertThat(waiting.cancel(true)).isTrue();
        assertThat(queue.stats().queued()).isZero();
        assertThat(limiter.stats().pending()).isEqualTo(new Count(1, 100));
        executor.runAll();

        assertThat(ran).containsExactly("running");
        assertThat(flow().cancelled()).isEqualTo(new Count(1, 100));
        assertNothingHeld();
    }

    @Test
    void cancelled_beforeTheExecutorRunsIt_isNotStarted() {
        CompletableFuture<String> future = submit("acme", "cancelled");
        future.cancel(true);
        assertThat(queue.stats().inFlight()).isOne();
        executor.runAll();

        assertThat(ran).isEmpty();
        assertThat(flow().cancelled()).isEqualTo(new Count(1, 100));
        assertNothingHeld();
    }

    @Test
    void cancelled_whileItsStageRuns_cancelsTheStage() {
        CompletableFuture<String> stage = new CompletableFuture<>();
        CompletableFuture<String> future = queue.submitAsync(request("acme"), () -> stage);
        executor.runAll();
        future.cancel(true);

        assertThat(stage).isCancelled();
        assertThat(flow().cancelled()).isEqualTo(new Count(1, 100));
        assertNothingHeld();
    }

    @Test
    void cancelled_whileItsTaskRuns_keepsItsPlaceUntilTheTaskEnds() {
        List<CompletableFuture<String>> future = new ArrayList<>();
        future.add(queue.submit(request("acme"), () -> {
            future.get(0).cancel(true);
            assertThat(queue.stats().inFlight()).isOne();
            return "late";
        }));
        executor.runAll();

        assertThat(future.get(0)).isCancelled();
        assertThat(flow().cancelled()).isEqualTo(new Count(1, 100));
        assertThat(flow().completed()).isEqualTo(Count.ZERO);
        assertNothingHeld();
    }

    @Test
    void cancelled_beforeItsTaskFails_countsAsCancelled() {
        List<CompletableFuture<String>> future = new ArrayList<>();
        future.add(queue.submit(request("acme"), () -> {
            future.get(0).cancel(true);
            throw new IllegalStateException("nobody waits for this");
        }));
        executor.runAll();

        assertThat(flow().cancelled()).isEqualTo(new Count(1, 100));
        assertThat(flow().failed()).isEqualTo(Count.ZERO);
        assertNothingHeld();
    }

    @Test
    void cancelled_whileItsTaskBegins_cancelsTheStageItReturns() {
        CompletableFuture<String> stage = new CompletableFuture<>();
        List<CompletableFuture<String>> future = new ArrayList<>();
        future.add(queue.submitAsync(request("acme"), () -> {
            future.get(0).cancel(true);
            return stage;
        }));
        executor.runAll();

        assertThat(stage).isCancelled();
        assertNothingHeld();
    }

    @Test
    void stageThatDependsOnACancelledOne_countsAsCancelled() {
        CompletableFuture<String> first = new CompletableFuture<>();
        CompletableFuture<String> future = queue.submitAsync(request("a"), () -> first.thenApply(value -> value + "!"));
        executor.runAll();

        first.cancel(true);

        assertThat(failureOf(future)).isInstanceOf(CancellationException.class);
        assertThat(flow().cancelled()).isEqualTo(new Count(1, 100));
        assertThat(flow().failed()).isEqualTo(Count.ZERO);
    }

    @Test
    void cancelled_stageThatCannotBe_keepsItsSlotUntilItHasEnded() {
        CompletableFuture<String> work = new CompletableFuture<>();
        CompletableFuture<String> future = queue.submitAsync(request("a"), work::minimalCompletionStage);
        executor.runAll();
        submit("b", "next");

        future.cancel(true);
        executor.runAll();
        assertThat(ran).isEmpty();

        work.complete("late");
        executor.runAll();
        assertThat(ran).containsExactly("next");
    }

    @Test
    void stageThatIsCancelled_countsAsCancelled() {
        CompletableFuture<String> stage = new CompletableFuture<>();
        CompletableFuture<String> future = queue.submitAsync(request("acme"), () -> stage);
        executor.runAll();
        stage.cancel(true);

        assertThat(failureOf(future)).isInstanceOf(CancellationException.class);
        assertThat(flow().cancelled()).isEqualTo(new Count(1, 100));
        assertNothingHeld();
    }

    @Test
    void timeoutOfTheFuture_takesAWaitingTaskOut() {
        submit("acme", "running");
        CompletableFuture<String> waiting = submit("acme", "waiting").orTimeout(1, TimeUnit.MILLISECONDS);

        assertThat(failureOf(waiting)).isInstanceOf(TimeoutException.class);
        executor.runAll();
        assertThat(ran).containsExactly("running");
        assertThat(flow().cancelled()).isEqualTo(new Count(1, 100));
        assertNothingHeld();
    }

    @Test
    void waitingTask_expires_asTimePasses() {
        submit("acme", "running");
        CompletableFuture<String> waiting = queue.submit(request("acme").withTtl(Duration.ofSeconds(2)), () -> "never");
        now.addAndGet(Duration.ofSeconds(3).toNanos());

        assertThat(reasonOf(waiting)).isEqualTo(Reason.EXPIRED);
        assertThat(flow().expired()).isEqualTo(new Count(1, 100));
        executor.runAll();
        assertThat(ran).containsExactly("running");
        assertNothingHeld();
    }

    @Test
    void close_failsWhatWaits_andLetsWhatIsInFlightEnd() {
        CompletableFuture<String> running = submit("acme", "running");
        CompletableFuture<String> waiting = submit("acme", "waiting");
        limiter.close();

        assertThat(reasonOf(waiting)).isEqualTo(Reason.CLOSED);
        assertThat(reasonOf(submit("acme", "late"))).isEqualTo(Reason.CLOSED);
        assertThat(running).isNotDone();
        executor.runAll();
        assertThat(running).isCompletedWithValue("running");
        assertNothingHeld();
        assertThatThrownBy(() -> limiter.queue("another", executor).build()).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void timer_isADaemon_andEndsWithTheLimiter() throws InterruptedException {
        Thread timer = limiter.timer().thread();
        assertThat(timer).isNotNull();
        assertThat(timer.isDaemon()).isTrue();

        limiter.close();
        timer.join(TimeUnit.SECONDS.toMillis(30));
        assertThat(timer.isAlive()).isFalse();
    }

    @Test
    void limiter_withoutAQueue_hasNoTimer() {
        try (Limiter alone = Limiter.builder().build()) {
            assertThat(alone.timer().thread()).isNull();
        }
    }

    @Test
    void actionsOfAFuture_mayUseTheQueue() {
        submit("acme", "first").thenRun(() -> submit("acme", "second"));
        executor.runAll();
        executor.runAll();

        assertThat(ran).containsExactly("first", "second");
        assertNothingHeld();
    }

    @Test
    void executorThatRunsTasksAtOnce_doesNotRunOutOfStack() {
        limiter.update(config -> config.maxMessages(100_000).maxMessagesPerSec(1_000_000));
        TaskQueue direct = limiter.queue("direct", Runnable::run).concurrency(1).build();
        for (int i = 0; i < 100; i++) {
            direct.submit(request("acme"), () -> "so quick that nobody is expected to wait for long");
        }
        CompletableFuture<String> stage = new CompletableFuture<>();
        CompletableFuture<String> first = direct.submitAsync(request("acme"), () -> stage);
        List<CompletableFuture<Integer>> waiting = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            int number = i;
            waiting.add(direct.submit(request("acme"), () -> number));
        }
        assertThat(direct.stats().queued()).isEqualTo(20_000);
        stage.complete("go");

        assertThat(first).isCompletedWithValue("go");
        for (int i = 0; i < waiting.size(); i++) {
            assertThat(waiting.get(i)).succeedsWithin(30, TimeUnit.SECONDS).isEqualTo(i); // some by the timer's thread
        }
        assertNothingHeld();
    }

    @Test
    void circuitBreaker_rejectsWhileTheServerFails_ifThereIsOne() {
        limiter.update(config -> config.maxMessages(1_000).maxMessagesPerSec(1_000_000));
        TaskQueue guarded = limiter.queue("guarded", Runnable::run)
                .concurrency(100)
                .circuitBreaker(50, Duration.ofSeconds(60))
                .build();
        TaskQueue unguarded =
                limiter.queue("unguarded", Runnable::run).concurrency(100).build();

        assertThat(failUntilRejected(unguarded)).isFalse();
        assertThat(failUntilRejected(guarded)).isTrue();
    }

    private boolean failUntilRejected(TaskQueue failing) {
        for (int i = 0; i < 1_000; i++) {
            now.addAndGet(Duration.ofMillis(10).toNanos());
            CompletableFuture<String> future = failing.submit(request("acme"), () -> {
                throw new IllegalStateException("broken");
            });
            if (failureOf(future) instanceof RejectedException rejected) {
                assertThat(rejected.rejection().reason()).isEqualTo(Reason.CIRCUIT_OPEN);
                assertThat(rejected.rejection().retryAfter()).isPresent();
                return true;
            }
        }
        return false;
    }

    @Test
    void dependents_seeThePermitReleased() {
        List<Long> inFlight = new ArrayList<>();
        CompletableFuture<String> future = submit("acme", "first");
        var unused = future.whenComplete(
                (value, failure) -> inFlight.add(queue.stats().inFlight()));
        executor.runAll();

        assertThat(inFlight).containsExactly(0L);
    }

    @Test
    void join_throwsTheRejectionAsItsCause() {
        limiter.close();
        assertThatThrownBy(() -> submit("acme", "late").join())
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(RejectedException.class);
    }

    @Test
    void request_outOfRange_isAnError() {
        assertThatThrownBy(() -> request("acme").withPriority(Priority.CONTROL))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> request("acme").withTtl(Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> request("acme").withWeight(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> request("acme").withMessages(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Request.of("acme", "session", -1)).isInstanceOf(IllegalArgumentException.class);
    }
}
