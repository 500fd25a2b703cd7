package io.weir.sim.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.Outcome;
import io.weir.core.Priority;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.admission.PressureListener;
import io.weir.core.config.BackpressureAction;
import io.weir.core.config.Profile;
import io.weir.core.config.WeirConfig;
import io.weir.core.queue.DirectReservation;
import io.weir.core.queue.DirectReservations;
import io.weir.core.queue.Offer;
import io.weir.core.queue.QueuePolicy;
import io.weir.core.queue.UpstreamListener;
import io.weir.core.queue.UpstreamQueue;
import io.weir.sim.run.HashedDecisionLog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams take from the limits of calls: a log with them is replayed as it was, and asked what would have been. */
class DirectReservationsTest {
    private static final long SECOND = 1_000_000_000;
    private static final Offer.Handler NOBODY = new Offer.Handler() {
        @Override
        public void dispatched(Offer offer, long now) {
            // Nothing waits here.
        }

        @Override
        public void removed(Offer offer, Outcome outcome, long now) {
            // Nothing waits here.
        }
    };

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    private static WeirConfig config(int maxMessages) {
        return Profile.PRODUCTION.builder(1L << 30).maxMessages(maxMessages).build();
    }

    /** Five fit: four streams and one call at a time; when the streams are over, two calls. */
    private Path log() throws Exception {
        StringBuilder lines = new StringBuilder();
        HashedDecisionLog log = new HashedDecisionLog(lines);
        Admission admission = Admission.repeatable(config(5), PressureListener.NONE);
        log.begin(admission.config());
        UpstreamQueue queue = new UpstreamQueue("up", admission, QueuePolicy.DEFAULT, UpstreamListener.NONE, log, 7);
        DirectReservations holds = new DirectReservations(admission, log);
        Connection connection = admission.connection("t", "c", 7);
        List<DirectReservation> streams = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            DirectReservation stream = new DirectReservation(connection, Priority.CALL, 100);
            assertThat(holds.offer(stream, SECOND + i)).isEqualTo(Decision.ADMITTED);
            streams.add(stream);
        }
        assertThat(call(queue, connection, SECOND + 10)).matches(Decision::isAdmitted);
        assertThat(call(queue, connection, SECOND + 20)).matches(Decision::isAdmitted);
        Offer pending = offer(connection);
        assertThat(queue.offer(pending, SECOND + 25)).matches(Decision::isAdmitted);
        assertThat(queue.offer(offer(connection), SECOND + 30)).isEqualTo(Decision.REFUSED);
        assertThat(holds.offer(new DirectReservation(connection, Priority.CALL, 100), SECOND + 40))
                .isEqualTo(Decision.REFUSED);
        queue.finish(pending, Outcome.COMPLETED, 2 * SECOND);
        for (DirectReservation stream : streams) {
            assertThat(holds.release(stream, Outcome.COMPLETED, 3 * SECOND)).isTrue();
            assertThat(holds.release(stream, Outcome.COMPLETED, 3 * SECOND)).isFalse();
        }
        assertThat(queue.offer(offer(connection), 4 * SECOND)).matches(Decision::isAdmitted);
        assertThat(queue.offer(offer(connection), 4 * SECOND)).matches(Decision::isAdmitted);
        return Files.writeString(folder.resolve("log.jsonl"), lines);
    }

    private static Offer offer(Connection connection) {
        return new Offer(connection, "echo", 1, 100, Priority.CALL, 30 * SECOND, 1, NOBODY);
    }

    private static Decision call(UpstreamQueue queue, Connection connection, long now) {
        Offer offer = offer(connection);
        Decision decision = queue.offer(offer, now);
        queue.finish(offer, Outcome.COMPLETED, now + 1);
        return decision;
    }

    @Test
    void replay_ofALogWithStreams_isIdentical() throws Exception {
        SameDecisions same = SameDecisions.of(LogParts.of(List.of(log())));

        assertThat(same.difference()).isEmpty();
        assertThat(same.decisions()).isEqualTo(2 + 4 + 4 + 2 + 1 + 1 + 4 + 2);
    }

    /** Two of two are taken; of those beyond, some senders can be held back, and some are refused instead. */
    private List<String> pausing() {
        StringBuilder lines = new StringBuilder();
        HashedDecisionLog log = new HashedDecisionLog(lines);
        WeirConfig config = Profile.PRODUCTION
                .builder(1L << 30)
                .maxMessages(2)
                .backpressureAction(BackpressureAction.PAUSE)
                .build();
        Admission admission = Admission.repeatable(config, PressureListener.NONE);
        log.begin(config);
        UpstreamQueue queue = new UpstreamQueue("up", admission, QueuePolicy.DEFAULT, UpstreamListener.NONE, log, 7);
        DirectReservations holds = new DirectReservations(admission, log);
        Connection connection = admission.connection("t", "c", 7);
        Offer first = offer(connection);
        Offer second = offer(connection);
        assertThat(queue.offer(first, SECOND)).matches(Decision::isAdmitted);
        assertThat(queue.offer(second, SECOND)).matches(Decision::isAdmitted);
        assertThat(queue.offer(offer(connection), SECOND)).isEqualTo(Decision.PAUSED);
        Offer refused = offer(connection);
        refused.refuseInsteadOfPause();
        assertThat(queue.offer(refused, SECOND)).isEqualTo(Decision.REFUSED);
        DirectReservation stream = new DirectReservation(connection, Priority.CALL, 100);
        assertThat(holds.offer(stream, SECOND)).isEqualTo(Decision.PAUSED);
        DirectReservation refusedStream = new DirectReservation(connection, Priority.CALL, 100);
        refusedStream.refuseInsteadOfPause();
        assertThat(holds.offer(refusedStream, SECOND)).isEqualTo(Decision.REFUSED);
        queue.finish(first, Outcome.COMPLETED, 2 * SECOND);
        queue.finish(second, Outcome.COMPLETED, 2 * SECOND);
        return lines.toString().lines().toList();
    }

    @Test
    void replay_ofSendersThatCannotBeHeldBack_isIdentical() throws Exception {
        List<String> lines = pausing();
        Path log = Files.write(folder.resolve("log.jsonl"), lines);

        assertThat(SameDecisions.of(LogParts.of(List.of(log))).difference()).isEmpty();

        assertThat(lines).filteredOn(line -> line.contains("\"pause\":false")).hasSize(2);
        Files.write(
                log,
                lines.stream().map(line -> line.replace(",\"pause\":false", "")).toList());
        assertThat(SameDecisions.of(LogParts.of(List.of(log))).difference()).isPresent();
    }

    @Test
    void whatIf_sendersThatCannotBeHeldBack_areRefusedAgain() throws Exception {
        Path log = Files.write(folder.resolve("log.jsonl"), pausing());
        WeirConfig config = Profile.PRODUCTION
                .builder(1L << 30)
                .maxMessages(2)
                .backpressureAction(BackpressureAction.PAUSE)
                .build();

        assertThat(WhatIf.read(LogParts.of(List.of(log)))
                        .play(config, Map.of(), now -> {})
                        .replayedCount("refused"))
                .isEqualTo(1);
    }

    @Test
    void replay_withoutTheLinesOfStreams_isDifferent() throws Exception {
        Path log = log();
        List<String> without = Files.readAllLines(log).stream()
                .filter(line -> !line.contains("\"e\":\"hold\"") && !line.contains("\"e\":\"release\""))
                .toList();
        Files.write(log, without);

        assertThat(SameDecisions.of(LogParts.of(List.of(log))).difference()).isPresent();
    }

    @Test
    void whatIf_streamsHoldTheirShareOfOtherLimits() throws Exception {
        WhatIf.Log log = WhatIf.read(LogParts.of(List.of(log())));

        assertThat(refused(log, 5)).isEqualTo(1);
        assertThat(refused(log, 4)).as("four streams take it all").isEqualTo(4);
        assertThat(refused(log, 6))
                .as("the fifth stream is admitted, and takes the place")
                .isZero();
    }

    private static long refused(WhatIf.Log log, int maxMessages) throws Exception {
        return log.play(config(maxMessages), Map.of(), now -> {}).replayedCount("refused");
    }
}
