package io.weir.sim.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.core.Outcome;
import io.weir.core.Priority;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.admission.PressureListener;
import io.weir.core.config.Profile;
import io.weir.core.config.TenantConfig;
import io.weir.core.config.WeirConfig;
import io.weir.core.queue.Capacity;
import io.weir.core.queue.DecisionLog;
import io.weir.core.queue.DirectReservation;
import io.weir.core.queue.DirectReservations;
import io.weir.core.queue.Offer;
import io.weir.core.queue.QueuePolicy;
import io.weir.core.queue.UpstreamListener;
import io.weir.core.queue.UpstreamQueue;
import io.weir.sim.engine.Randomness;
import io.weir.sim.run.Simulation;
import io.weir.sim.run.WeirPolicy;
import io.weir.sim.scenario.Scenario;
import io.weir.sim.scenario.Scenarios;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A log whose oldest parts are gone is replayed from the checkpoint that each part begins with. */
class CheckpointTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    /** Begins a part after so many lines. */
    private static final class Parts extends DecisionLog {
        private final List<List<String>> parts = new ArrayList<>(List.of(new ArrayList<>()));
        private final int linesOfAPart;

        Parts(int linesOfAPart) {
            this.linesOfAPart = linesOfAPart;
        }

        private List<String> last() {
            return parts.get(parts.size() - 1);
        }

        @Override
        protected void line(String json) {
            last().add(json);
            if (last().size() == linesOfAPart) {
                parts.add(new ArrayList<>());
                checkpoint();
            }
        }
    }

    private static List<List<String>> write(Scenario scenario, int linesOfAPart) {
        Parts log = new Parts(linesOfAPart);
        Simulation.play(scenario, new WeirPolicy(scenario, log));
        return log.parts;
    }

    private SameDecisions replay(List<List<String>> parts) throws Exception {
        Path log = folder.resolve("log.jsonl");
        Files.write(log, parts.stream().flatMap(List::stream).toList());
        return SameDecisions.of(LogParts.of(List.of(log)));
    }

    /** A checkpoint is too long to be read: what differs in it, and what is before that. */
    private static String brief(SameDecisions.Difference difference) {
        String logged = difference.logged();
        String replayed = difference.replayed();
        int at = 0;
        while (at < Math.min(logged.length(), replayed.length()) && logged.charAt(at) == replayed.charAt(at)) {
            at++;
        }
        return difference.where() + " column " + at + ": logged ..." + part(logged, at) + "..., replayed ..."
                + part(replayed, at) + "...";
    }

    private static String part(String line, int at) {
        return line.substring(Math.max(0, at - 100), Math.min(line.length(), at + 100));
    }

    /** @param step from one part on to the next that is tried */
    private void assertIdenticalFromAnyPartOn(List<List<String>> parts, int step) throws Exception {
        for (int first = 0; first < parts.size(); first += step) {
            assertThat(replay(parts.subList(first, parts.size())).difference().map(CheckpointTest::brief))
                    .as("from part %d of %d", first, parts.size())
                    .isEmpty();
        }
    }

    static List<String> everyScenario() {
        return Scenarios.builtIn();
    }

    @ParameterizedTest
    @MethodSource("everyScenario")
    void replay_fromAnyPartOn_isIdentical(String name) throws Exception {
        Scenario whole = Scenarios.named(name);
        Scenario scenario = whole.withDuration(Math.min(whole.duration(), 6_000_000_000L));
        List<List<String>> parts = write(scenario, 2_000);

        if (name.equals("goodput-5x")) {
            assertThat(String.join("", parts.get(parts.size() - 1)))
                    .as("an operation is limited, and fewer are tried")
                    .contains("\"search\":{");
        }
        assertIdenticalFromAnyPartOn(parts, Math.max(1, parts.size() / 4));
    }

    /** Two upstreams of which one often fails, tenants that are limited, streams, and clients that give up. */
    private static final class Busy implements Offer.Handler {
        private final Randomness random;
        private final Admission admission;
        private final DirectReservations holds;
        private final List<UpstreamQueue> queues;
        private final List<Placed> inFlight = new ArrayList<>();
        private final List<Placed> offered = new ArrayList<>();
        private final List<Placed> abandoned = new ArrayList<>();
        private final List<DirectReservation> streams = new ArrayList<>();
        private static final long PHASE = 2_000_000_000L;

        private long now = 5_000_000_000L;

        private final Parts log;

        private record Placed(Offer offer, UpstreamQueue queue, boolean mayFail) {}

        private final List<UpstreamQueue> retired = new ArrayList<>();
        private int replaced;
        private int removed;

        Busy(Parts log, String action, long seed) {
            this.log = log;
            random = new Randomness(seed, 0);
            WeirConfig config = Profile.PRODUCTION
                    .builder(1L << 30)
                    .set("queue_limits", "max_messages", "12")
                    .set("queue_limits", "tenant_max_messages", "40")
                    .set("queue_limits", "backpressure_action", action)
                    .set("backpressure", "max_messages_per_sec", "200")
                    .set("backpressure", "tenant_max_messages_per_sec", "300")
                    .set("backpressure", "latency_threshold_ms", "5")
                    .tenant("t1", TenantConfig.COMMON.withMaxMessages(5).withTenantMaxMessagesPerSec(100))
                    .build();
            admission = Admission.repeatable(config, PressureListener.NONE);
            log.begin(config);
            holds = new DirectReservations(admission, log);
            queues = new ArrayList<>(List.of(
                    new UpstreamQueue("a", admission, QueuePolicy.DEFAULT, UpstreamListener.NONE, log, now),
                    new UpstreamQueue(
                            "b",
                            admission,
                            QueuePolicy.DEFAULT.withCapacity(Capacity.fixed(6)),
                            UpstreamListener.NONE,
                            log,
                            now)));
        }

        private Connection connection() {
            return random.below(2) == 0
                    ? admission.connection("t0", "c0", now)
                    : admission.connection("t" + random.below(4), "c" + random.below(5), now);
        }

        private void offer() {
            int queue = random.below(2);
            Offer offer = new Offer(
                    connection(),
                    "w\u00e4\"" + random.below(6),
                    1 + random.below(10) / 9,
                    random.below(2000),
                    List.of(Priority.CALL, Priority.LIST, Priority.BACKGROUND).get(random.below(3)),
                    1 + random.below(2_000_000_000),
                    1 + random.below(4),
                    this);
            Placed placed = new Placed(offer, queues.get(queue), queue == 1);
            offered.add(placed);
            if (queues.get(queue).offer(offer, now) == Decision.DISPATCHED) {
                inFlight.add(placed);
            }
        }

        private static <T> T take(List<T> from, int index) {
            return from.remove(index);
        }

        private void finish() {
            offered.stream()
                    .filter(each -> each.offer().isInFlight() && !inFlight.contains(each))
                    .forEach(inFlight::add);
            if (!inFlight.isEmpty()) {
                Placed placed = take(inFlight, random.below(Math.min(3, inFlight.size())));
                UpstreamQueue queue = placed.queue();
                boolean failing = placed.mayFail() && now / PHASE % 3 == 1;
                if (random.below(10) == 0) {
                    queue.abandon(placed.offer(), Outcome.CANCELLED, now);
                    abandoned.add(placed);
                } else {
                    queue.finish(placed.offer(), failing ? Outcome.FAILED : Outcome.COMPLETED, now);
                }
            }
            if (offered.size() > 200) {
                offered.subList(0, 100)
                        .removeIf(each ->
                                !each.offer().isQueued() && !each.offer().isInFlight());
            }
        }

        private void stream() {
            if (streams.size() > 6 || (!streams.isEmpty() && random.below(2) == 0)) {
                holds.release(take(streams, random.below(streams.size())), Outcome.COMPLETED, now);
                return;
            }
            DirectReservation stream = new DirectReservation(connection(), Priority.CALL, 100);
            if (holds.offer(stream, now) == Decision.ADMITTED) {
                streams.add(stream);
            }
        }

        /** Other limits and rates, all at once, also lower than what is pending or owed. */
        void changeLimits() {
            log.update(
                    admission,
                    admission.config().toBuilder()
                            .maxMessages(4 + random.below(12))
                            .maxBytes(4_000 + random.below(20_000))
                            .tenantMaxMessages(10 + random.below(40))
                            .enableTenantLimits(random.below(4) > 0)
                            .maxMessagesPerSec(50 + random.below(400))
                            .tenantMaxMessagesPerSec(100 + random.below(400))
                            .latencyThreshold(Duration.ofMillis(1 + random.below(50)))
                            .queueDepthThresholdPercent(30 + random.below(70))
                            .build(),
                    now);
        }

        /** Puts a queue of the same name and another capacity in the place of one, which is used no more. */
        void replaceQueue() {
            int at = random.below(2);
            UpstreamQueue old = queues.get(at);
            String name = old.name();
            old.rename(name + "~" + ++replaced, now);
            retired.add(old);
            queues.set(
                    at,
                    new UpstreamQueue(
                            name,
                            admission,
                            QueuePolicy.DEFAULT.withCapacity(Capacity.fixed(3 + random.below(6))),
                            UpstreamListener.NONE,
                            log,
                            now));
        }

        void step() {
            now += random.below(400_000);
            boolean slow = now / PHASE % 2 == 0;
            int dice = random.below(100);
            if (dice < 45 || (slow && dice < 67)) {
                offer();
            } else if (dice < 82) {
                finish();
            } else if (dice < 86 && !offered.isEmpty()) {
                Placed placed = offered.get(random.below(offered.size()));
                placed.queue().cancel(placed.offer(), now);
            } else if (dice < 89 && !abandoned.isEmpty()) {
                Placed placed = take(abandoned, 0);
                placed.queue().finish(placed.offer(), Outcome.COMPLETED, now);
            } else if (dice < 94) {
                stream();
            } else if (dice == 94 && random.below(10) == 0) {
                queues.get(random.below(2)).reset(connection(), now);
            } else {
                queues.forEach(queue -> queue.tick(now));
                retired.forEach(queue -> queue.tick(now));
                int before = retired.size();
                retired.removeIf(queue -> queue.remove(now));
                removed += before - retired.size();
            }
        }

        @Override
        public void dispatched(Offer offer, long at) {
            // It is found when the next one is to be finished.
        }

        @Override
        public void removed(Offer offer, Outcome outcome, long at) {
            // It is over.
        }
    }

    private static List<List<String>> busy(String action, int steps, int linesOfAPart) {
        Parts log = new Parts(linesOfAPart);
        Busy busy = new Busy(log, action, 7);
        for (int i = 0; i < steps; i++) {
            busy.step();
        }
        return log.parts;
    }

    @ParameterizedTest
    @ValueSource(strings = {"refuse", "drop_oldest", "pause", "disconnect"})
    void replay_ofABusyRun_fromAnyPartOn_isIdentical(String action) throws Exception {
        List<List<String>> parts = busy(action, 60_000, 3_000);

        String all = String.join("\n", parts.stream().flatMap(List::stream).toList());
        List<String> missing = Stream.of(
                        "\"r\":\"rate\"",
                        "\"r\":\"tenant_rate\"",
                        "\"r\":\"circuit_open\"",
                        "\"r\":\"wait\"",
                        "\"r\":\"priority\"",
                        "\"e\":\"hold\"",
                        "\"e\":\"abandon\"",
                        "\"e\":\"cancel\"",
                        "\"state\":\"QUEUED\"",
                        "\"state\":\"ABANDONED\"",
                        "\"state\":\"HALF_OPEN\"",
                        "\"lowered\":[{",
                        "\"raised\":true",
                        "\"waiting\":[{")
                .filter(each -> !all.contains(each))
                .toList();
        assertThat(missing).as("what checkpoints have to tell of").isEmpty();
        assertIdenticalFromAnyPartOn(parts, 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"refuse", "drop_oldest", "pause", "disconnect"})
    void replay_ofARunWhoseQueuesAreReplaced_fromAnyPartOn_isIdentical(String action) throws Exception {
        Parts log = new Parts(3_000);
        Busy busy = new Busy(log, action, 7);
        for (int i = 0; i < 24_000; i++) {
            busy.step();
            if (i % 8_000 == 7_000) {
                busy.replaceQueue();
                log.parts.add(new ArrayList<>());
                log.checkpoint();
            }
        }
        String all = String.join("\n", log.parts.stream().flatMap(List::stream).toList());

        assertThat(busy.removed).as("queues that held nothing in the end").isPositive();
        assertThat(all).contains("\"e\":\"rename\"", "\"e\":\"remove\"");
        assertThat(all.lines().filter(line -> line.contains("\"e\":\"checkpoint\"")))
                .as("checkpoints while a removed queue holds something, which has buckets of its own")
                .anyMatch(line -> line.contains("\"q\":\"a~") || line.contains("\"q\":\"b~"));
        assertIdenticalFromAnyPartOn(log.parts, 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"refuse", "drop_oldest", "pause", "disconnect"})
    void replay_ofARunWhoseLimitsChange_fromAnyPartOn_isIdentical(String action) throws Exception {
        Parts log = new Parts(3_000);
        Busy busy = new Busy(log, action, 11);
        for (int i = 0; i < 40_000; i++) {
            busy.step();
            if (i % 97 == 0) {
                busy.changeLimits();
            }
        }

        assertIdenticalFromAnyPartOn(log.parts, 1);
        // Without its last change, what follows is decided otherwise.
        List<String> lines = new ArrayList<>(log.parts.stream()
                .flatMap(List::stream)
                .filter(line -> !line.contains("\"checkpoint\""))
                .toList());
        int changes = (int) lines.stream()
                .filter(line -> line.startsWith("{\"e\":\"limits\""))
                .count();
        assertThat(changes).isGreaterThan(400);
        lines.removeIf(line -> line.startsWith("{\"e\":\"limits\""));
        assertThat(replay(List.of(lines)).difference()).isPresent();
    }

    @Test
    void whatIf_ofALogWhoseLimitsChange_marksTheChangeAndSaysSo() throws Exception {
        Parts log = new Parts(Integer.MAX_VALUE);
        Busy busy = new Busy(log, "refuse", 11);
        for (int i = 0; i < 4_000; i++) {
            busy.step();
            if (i == 2_000) {
                busy.changeLimits();
            }
        }
        Path file = folder.resolve("changed.jsonl");
        Files.write(file, log.last());

        WhatIf.Log read = WhatIf.read(LogParts.of(List.of(file)));
        WhatIf whatIf = read.play(read.config().orElseThrow(), Map.of(), done -> {});

        assertThat(whatIf.remarks())
                .contains("the limits changed while the log was written (1 change); the replay has one configuration"
                        + " throughout");
        assertThat(History.of(LogParts.of(List.of(file))).marks())
                .filteredOn(mark -> mark.what().equals("limits change"))
                .singleElement()
                .satisfies(mark -> assertThat(mark.detail()).contains("max_messages 12 to "));
    }

    /**
     * What a restored queue does not take over: statistics, what is made anew, and what is of no consequence. The
     * amount of an offer follows from its messages and bytes while it is held, and means nothing once it was abandoned.
     */
    private static final String[] NOT_RESTORED = {
        "(.*\\.)?(admission|log|listener|handler|rateKey|lowered|rates|forecast|connection|lookedAt|heap|heapIndex)",
        "dispatcher\\.(dispatched|expired|cancelled|evicted|shedByWait|shedByCircuit)",
        ".*\\.(charged(Config|Rates|At)|amount|retryAfterNanos|current|scope|reason)"
    };

    @Test
    void restoredQueues_haveEveryFieldOfTheOriginals() throws Exception {
        Parts log = new Parts(Integer.MAX_VALUE);
        Busy busy = new Busy(log, "refuse", 7);
        for (int i = 0; i < 30_000; i++) {
            busy.step();
        }
        log.checkpoint();
        String line = log.last().get(log.last().size() - 1);
        LogLine parsed = LogLine.parse("log:1", line);

        DecisionLog.Restored restored = new Parts(Integer.MAX_VALUE)
                .restore(
                        line,
                        parsed.fields(),
                        Admission.repeatable(Settings.config(parsed), PressureListener.NONE),
                        busy);

        for (UpstreamQueue queue : busy.queues) {
            assertThat(restored.queues().get(queue.name()))
                    .usingRecursiveComparison()
                    .ignoringFieldsMatchingRegexes(NOT_RESTORED)
                    .isEqualTo(queue);
        }
    }

    private static String signed(String line) {
        String text = line.substring(0, line.lastIndexOf(",\"crc\":"));
        CRC32 crc = new CRC32();
        crc.update(text.getBytes(StandardCharsets.US_ASCII));
        return text + ",\"crc\":" + crc.getValue() + "}";
    }

    @Test
    void checkpointWithoutAField_namesIt() {
        List<List<String>> parts = busy("refuse", 20_000, 3_000);
        String line = parts.get(2).get(0);
        assertThat(signed(line)).isEqualTo(line);
        String state = line.substring(line.indexOf("\"base\""));
        Set<String> names = new TreeSet<>();
        Pattern.compile("\"([a-z_]+)\":").matcher(state).results().forEach(each -> names.add(each.group(1)));
        names.remove("crc");
        assertThat(names).hasSizeGreaterThan(100);
        for (String name : names) {
            String without = line.substring(0, line.length() - state.length())
                    + state.replaceAll("\"" + name + "\":", "\"no_such\":");
            parts.get(2).set(0, signed(without));

            assertThatThrownBy(() -> replay(parts.subList(2, parts.size())))
                    .as(name)
                    .isInstanceOf(ReplayException.class)
                    .hasMessageContaining("log.jsonl:1: ")
                    .hasMessageContaining("has no usable field '")
                    .hasMessageContaining(name + "'");
        }
    }

    @Test
    void damagedCheckpoint_isNamedWithItsFileAndLine() {
        List<List<String>> parts = busy("refuse", 20_000, 3_000);
        String line = parts.get(2).get(0);
        int offers = line.indexOf("\"offers\":") + 9;
        for (Map.Entry<String, String> damage : Map.of(
                        line.substring(0, offers) + "1" + line.substring(offers),
                        "the checkpoint is damaged",
                        line.substring(0, line.lastIndexOf(",\"crc\"")) + "}",
                        "the checkpoint is damaged",
                        line.substring(0, line.length() / 2),
                        "not a line of a decision log")
                .entrySet()) {
            parts.get(2).set(0, damage.getKey());

            assertThatThrownBy(() -> replay(parts.subList(2, parts.size())))
                    .isInstanceOf(ReplayException.class)
                    .hasMessageContaining("log.jsonl:1: ")
                    .hasMessageContaining(damage.getValue());
        }
    }

    @Test
    void whatIf_fromACheckpoint_knowsTheConfigurationAndBeginsWithIt() throws Exception {
        Scenario scenario = Scenarios.named("goodput-2x").withDuration(10_000_000_000L);
        List<List<String>> parts = write(scenario, 2_000);
        Path log = folder.resolve("late.jsonl");
        Files.write(
                log,
                parts.subList(2, parts.size()).stream().flatMap(List::stream).toList());

        WhatIf.Log late = WhatIf.read(LogParts.of(List.of(log)));

        assertThat(late.config()).contains(scenario.config());
        assertThat(late.duration()).isLessThan(scenario.duration() * 9 / 10);
    }
}
