package io.weir.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.LargestPending;
import io.weir.core.Outcome;
import io.weir.core.Priority;
import io.weir.core.Survey;
import io.weir.core.admission.Admission;
import io.weir.core.admission.PressureListener;
import io.weir.core.config.TenantConfig;
import io.weir.core.config.WeirConfigBuilder;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class EngineStatsTest {
    private static final long MS = 1_000_000;

    private final Admission admission = new Admission(new WeirConfigBuilder(1L << 30).build(), PressureListener.NONE);
    private final UpstreamQueue queue =
            new UpstreamQueue("files", admission, QueuePolicy.DEFAULT, (upstream, state) -> {}, null, 0);
    private final EngineStats stats = new EngineStats(admission, () -> List.of(queue), () -> 0);

    private Offer offer(String tenant, String connection, long bytes, long now) {
        Offer offer = new Offer(
                admission.connection(tenant, connection, now),
                "tool",
                1,
                bytes,
                Priority.CALL,
                1000 * MS,
                1,
                new Offer.Handler() {
                    @Override
                    public void dispatched(Offer each, long at) {
                        // Its capacity is far above what is offered here.
                    }

                    @Override
                    public void removed(Offer each, Outcome outcome, long at) {
                        // As above.
                    }
                });
        queue.offer(offer, now);
        return offer;
    }

    private static long completed(EngineStats.DurationReader reader) {
        return Objects.requireNonNull(reader.take().get("files")).completed().count();
    }

    @Test
    void durations_areGivenToEachReaderOnce() {
        EngineStats.DurationReader first = stats.durationReader();
        assertThat(completed(first)).isZero();
        queue.finish(offer("a", "1", 10, 0), Outcome.COMPLETED, 5 * MS);
        EngineStats.DurationReader second = stats.durationReader();
        queue.finish(offer("a", "1", 10, 10 * MS), Outcome.COMPLETED, 15 * MS);

        assertThat(completed(second)).as("what ended since it is there").isEqualTo(1);
        assertThat(completed(first)).isEqualTo(2);
        assertThat(completed(first)).isZero();
        assertThat(completed(second)).isZero();
    }

    private void limits(int connection, Map<String, TenantConfig> tenants, boolean ofTenants) {
        WeirConfigBuilder builder = new WeirConfigBuilder(1L << 30)
                .maxMessages(connection)
                .maxBytes(1_000)
                .enableTenantLimits(ofTenants)
                .tenantMaxMessages(10)
                .tenantMaxBytes(1L << 20);
        tenants.forEach(builder::tenant);
        admission.update(builder.build(), 0);
    }

    @Test
    void survey_largest_isHowFullTheFullestAre_ofMessagesOrOfBytes_eachAgainstItsOwnLimits() {
        offer("a", "1", 10, 0);
        offer("a", "1", 10, 0);
        offer("a", "2", 10, 0);
        offer("b", "3", 500, 0);

        limits(10, Map.of(), true);
        assertThat(stats.survey(0).largest()).isEqualTo(new LargestPending(2, 500, 300));
        limits(
                10,
                Map.of("b", TenantConfig.COMMON.withMaxBytes(5_000), "a", TenantConfig.COMMON.withMaxMessages(4)),
                true);
        assertThat(stats.survey(0).largest()).isEqualTo(new LargestPending(2, 500, 300));
        limits(10, Map.of("b", TenantConfig.COMMON.withMaxBytes(5_000)), false);
        assertThat(stats.survey(0).largest()).isEqualTo(new LargestPending(2, 200, -1));
        limits(10, Map.of("a", TenantConfig.COMMON.withTenantMaxMessages(6)), false);
        assertThat(stats.survey(0).largest()).isEqualTo(new LargestPending(2, 500, 500));
    }

    @Test
    void survey_saysWhatTheSnapshotsOfEachSay() {
        offer("b", "1", 10, 0);
        offer("a", "2", 10, 0);
        offer("a", "2", 10, 0);
        offer("a", "3", 500, 0);

        Survey survey = stats.survey(2);

        assertThat(survey.global()).isEqualTo(admission.globalStats());
        assertThat(survey.tenants())
                .containsExactly(
                        admission.tenantStats("a").orElseThrow(),
                        admission.tenantStats("b").orElseThrow());
        assertThat(survey.connections()).isEqualTo(stats.connections(2).top()).hasSize(2);
        admission.cleanUp(Long.MAX_VALUE / 2);
        assertThat(stats.survey(2).global()).as("what is gone counts as well").isEqualTo(admission.globalStats());
    }
}
