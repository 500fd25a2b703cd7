package io.weir.core.limiter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.core.Acquisition;
import io.weir.core.Count;
import io.weir.core.FlowStats;
import io.weir.core.Permit;
import io.weir.core.Reason;
import io.weir.core.Rejection;
import io.weir.core.Scope;
import io.weir.core.config.BackpressureAction;
import io.weir.core.config.InvalidConfigException;
import io.weir.core.config.Profile;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LimiterTest {
    private final AtomicLong now = new AtomicLong(1);
    private final Limiter limiter = Limiter.builder()
            .profile(Profile.PRODUCTION)
            .maxMessages(2)
            .maxBytes(1_000)
            .clock(now::get)
            .build();

    private Permit permit(long bytes) {
        Acquisition result = limiter.tryAcquire("acme", "session", bytes);
        assertThat(result).isInstanceOf(Permit.class);
        return (Permit) result;
    }

    private Rejection rejection(long bytes) {
        Acquisition result = limiter.tryAcquire("acme", "session", bytes);
        assertThat(result).isInstanceOf(Rejection.class);
        return (Rejection) result;
    }

    private FlowStats flow() {
        return limiter.stats().flow();
    }

    private Count pending() {
        return limiter.stats().pending();
    }

    @Test
    void messages_atTheLimit_areRejectedWithTheLimit() {
        permit(100);
        permit(100);

        assertThat(rejection(100))
                .isEqualTo(new Rejection(Reason.CONNECTION_MESSAGES, Scope.CONNECTION, 2, 2, 0))
                .satisfies(no -> assertThat(no.retryAfter()).isEmpty());
        assertThat(limiter.tryAcquire("acme", "another", 100)).isInstanceOf(Permit.class);
    }

    @Test
    void message_largerThanTheLimit_isRejectedForGood() {
        assertThat(rejection(1_001)).satisfies(no -> {
            assertThat(no.reason()).isEqualTo(Reason.CONNECTION_BYTES);
            assertThat(no.isPermanent()).isTrue();
            assertThat(no.retryAfter()).isEmpty();
        });
    }

    @Test
    void batch_isAdmittedOrRejectedAsAWhole() {
        assertThat(limiter.tryAcquire("acme", "session", 3, 100)).isInstanceOf(Rejection.class);
        assertThat(limiter.tryAcquire("acme", "session", 2, 100)).isInstanceOf(Permit.class);
        assertThat(pending()).isEqualTo(new Count(2, 100));
    }

    @Test
    void rate_namesTheTimeAtWhichTheSameMessagePasses() {
        limiter.update(config -> config.maxMessagesPerSec(1));
        permit(1).completed();
        permit(1).completed();

        Rejection no = rejection(1);
        assertThat(no.reason()).isEqualTo(Reason.RATE);
        now.addAndGet(no.retryAfter().orElseThrow().toNanos());
        permit(1);
    }

    @Test
    void completed_releasesOnce() {
        Permit permit = permit(100);

        assertThat(permit.completed()).isTrue();
        assertThat(permit.completed()).isFalse();
        assertThat(permit.failed()).isFalse();
        assertThat(permit.cancelled()).isFalse();
        permit.close();

        assertThat(pending()).isEqualTo(Count.ZERO);
        assertThat(flow().completed()).isEqualTo(new Count(1, 100));
        assertThat(flow().failed()).isEqualTo(Count.ZERO);
        assertThat(flow().cancelled()).isEqualTo(Count.ZERO);
    }

    @Test
    void secondRelease_doesNotReleaseAnotherPermit() {
        Permit first = permit(100);
        permit(200);
        first.completed();
        first.close();

        assertThat(pending()).isEqualTo(new Count(1, 200));
    }

    @Test
    void close_withoutAnOutcome_countsAsFailed() {
        assertThatThrownBy(() -> {
                    try (Permit permit = permit(100)) {
                        throw new IllegalStateException("the call failed " + permit);
                    }
                })
                .hasMessageContaining("the call failed Permit[held]");

        assertThat(pending()).isEqualTo(Count.ZERO);
        assertThat(flow().failed()).isEqualTo(new Count(1, 100));
    }

    @Test
    void cancelledAndFailed_areCountedAsWhatTheyAre() {
        assertThat(permit(100).cancelled()).isTrue();
        assertThat(permit(100).failed()).isTrue();

        assertThat(flow().cancelled()).isEqualTo(new Count(1, 100));
        assertThat(flow().failed()).isEqualTo(new Count(1, 100));
    }

    @Test
    void closed_rejectsEverything_andStillReleases() {
        Permit permit = permit(100);
        limiter.close();
        limiter.close();

        assertThat(rejection(100).reason()).isEqualTo(Reason.CLOSED);
        permit.completed();
        assertThat(pending()).isEqualTo(Count.ZERO);
    }

    @Test
    void idleConnections_areForgottenByLaterCalls() {
        permit(100).completed();
        permit(100);
        limiter.tryAcquire("acme", "idle", 100);
        ((Permit) limiter.tryAcquire("globex", "idle", 100)).completed();

        now.addAndGet(Duration.ofMinutes(5).toNanos());
        ((Permit) limiter.tryAcquire("acme", "new", 100)).completed();

        assertThat(limiter.connectionStats("acme", "session"))
                .as("holds a message")
                .isPresent();
        assertThat(limiter.connectionStats("acme", "idle"))
                .as("holds a message")
                .isPresent();
        assertThat(limiter.connectionStats("globex", "idle")).isEmpty();
        assertThat(limiter.stats().connections()).isEqualTo(3);
    }

    @Test
    void update_changesAllOrNothing() {
        assertThatThrownBy(() -> limiter.update(config -> config.maxMessages(5).maxMessagesPerSec(0)))
                .isInstanceOf(InvalidConfigException.class);
        assertThat(limiter.config().queueLimits().maxMessages()).isEqualTo(2);

        limiter.update(config -> config.maxMessages(3));
        assertThat(limiter.tryAcquire("acme", "session", 3, 100)).isInstanceOf(Permit.class);
        assertThat(limiter.tenantStats())
                .singleElement()
                .satisfies(acme -> assertThat(acme.pending()).isEqualTo(new Count(3, 100)));
    }

    @Test
    void pause_isNoActionOfALimiter() {
        assertThatThrownBy(() -> Limiter.builder()
                        .configure(config -> config.backpressureAction(BackpressureAction.PAUSE))
                        .build())
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("backpressure_action");
        assertThatThrownBy(() -> limiter.update(config -> config.backpressureAction(BackpressureAction.PAUSE)))
                .isInstanceOf(InvalidConfigException.class);
    }

    @Test
    void builder_startsFromTheDefaultsOfTheCore_orFromAConfiguration() {
        assertThat(Limiter.builder().build().config().queueLimits().enableTenantLimits())
                .isFalse();
        assertThat(Limiter.builder().config(limiter.config()).build().config()).isEqualTo(limiter.config());
    }

    @Test
    void sizes_outOfRange_areErrors() {
        assertThatThrownBy(() -> limiter.tryAcquire("acme", "session", -1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> limiter.tryAcquire("acme", "session", 0, 1))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
