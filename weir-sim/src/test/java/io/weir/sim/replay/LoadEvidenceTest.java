package io.weir.sim.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.Outcome;
import io.weir.sim.engine.Randomness;
import io.weir.sim.engine.VirtualTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is concluded from the logs of upstreams whose shape is known. */
class LoadEvidenceTest {
    private static final long MS = 1_000_000;

    private final VirtualTime time = new VirtualTime();
    private final List<LoggedOffer> served = new ArrayList<>();
    private Randomness random = new Randomness(7, 1);

    private void send(long at, String tool, long nanos, ModelledUpstream upstream) {
        time.at(at, () -> {
            LoggedOffer past = past(at, tool);
            past.dispatchedAt = at;
            served.add(past);
            upstream.accept(nanos, () -> {
                past.end(Outcome.COMPLETED, time.now());
            });
        });
    }

    private static LoggedOffer past(long at, String tool) {
        try {
            return new LoggedOffer(
                    LogLine.parse(
                            "log:1",
                            "{\"e\":\"offer\",\"t\":" + at
                                    + ",\"q\":\"u\",\"tenant\":\"t\",\"conn\":\"c\",\"operation\":\""
                                    + tool
                                    + "\",\"n\":1,\"b\":100,\"p\":\"call\",\"ttl\":30000000000,\"w\":1,\"d\":\"dispatched\",\"i\":1}"),
                    0);
        } catch (ReplayException e) {
            throw new AssertionError(e);
        }
    }

    private UpstreamShape shape() {
        time.runUntil(Long.MAX_VALUE);
        return LoadEvidence.of(served);
    }

    private static ModelledUpstream upstream(VirtualTime time, UpstreamShape.Kind kind, int servers) {
        return ModelledUpstream.of(time, new UpstreamShape(kind, servers, UpstreamShape.Support.LATENCY_BY_LOAD, 1, 1));
    }

    /** Calls that come in waves, so that the load varies. */
    private void waves(ModelledUpstream upstream, String tool, long meanNanos, double perSecond, int seconds) {
        long second = 1_000 * MS;
        long at = 0;
        while (at < seconds * second) {
            double rate = at / second % 4 < 2 ? perSecond / 4 : perSecond;
            at += random.exponential((long) (second / rate));
            send(at, tool, random.exponential(meanNanos), upstream);
        }
    }

    @Test
    void of_latencyThatDoesNotRiseWithLoad_isUnlimited() {
        ModelledUpstream upstream = upstream(time, UpstreamShape.Kind.UNLIMITED, 0);
        for (int wave = 1; wave <= 64; wave *= 2) {
            for (int i = 0; i < wave; i++) {
                send(wave * 2_000L * MS + i * MS, "slow", 1_000 * MS + (i % 7) * 10L * MS, upstream);
            }
        }

        UpstreamShape shape = shape();

        assertThat(shape.kind()).isEqualTo(UpstreamShape.Kind.UNLIMITED);
        assertThat(shape.maxInFlight()).isEqualTo(64);
        assertThat(shape.describe()).contains("never at its limit", "64 in flight", "guesses");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 16})
    void of_serversThatQueue_findsHowMany(int servers) {
        ModelledUpstream upstream = upstream(time, UpstreamShape.Kind.FIFO, servers);
        waves(upstream, "tool", 20 * MS, 45.0 * servers, 60);

        UpstreamShape shape = shape();

        assertThat(shape.kind()).isEqualTo(UpstreamShape.Kind.FIFO);
        assertThat(shape.support()).isEqualTo(UpstreamShape.Support.LATENCY_BY_LOAD);
        assertThat(shape.servers()).isBetween(servers, servers + servers / 4);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void of_fewCallsOfServersThatQueue_chanceIsNotTakenForSharing(long seed) {
        random = new Randomness(seed, 1);
        waves(upstream(time, UpstreamShape.Kind.FIFO, 4), "tool", 200 * MS, 25, 8);

        assertThat(shape().kind()).isEqualTo(UpstreamShape.Kind.FIFO);
    }

    /**
     * One is dispatched every 5 ms as long as fewer than so many are in flight; each is up to 5 ms on its way there,
     * and back.
     */
    private void behindLimit(int servers, int limit, int messages) {
        ModelledUpstream upstream = upstream(time, UpstreamShape.Kind.FIFO, servers);
        int[] inFlight = new int[1];
        for (int i = 0; i < messages; i++) {
            LoggedOffer past = past(0, "tool");
            time.at(i * 5L * MS, () -> {
                if (inFlight[0] < limit) {
                    inFlight[0]++;
                    past.dispatchedAt = time.now();
                    served.add(past);
                    sendOverNetwork(past, upstream, () -> inFlight[0]--);
                }
            });
        }
    }

    private void sendOverNetwork(LoggedOffer past, ModelledUpstream upstream, Runnable done) {
        Runnable answered = () -> {
            past.end(Outcome.COMPLETED, time.now());
            done.run();
        };
        long service = random.exponential(40 * MS);
        time.after(
                random.uniform(0, 5 * MS),
                () -> upstream.accept(service, () -> time.after(random.uniform(0, 5 * MS), answered)));
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 60})
    void of_serversThatAreAlwaysBusy_findsNoMoreThanThereAre(int limit) {
        behindLimit(4, limit, 1_000);

        assertThat(shape().servers()).isBetween(4, 5);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8})
    void of_coresThatAreShared_findsThatQuickCallsAreNotBehindSlowOnes(int cores) {
        ModelledUpstream upstream = upstream(time, UpstreamShape.Kind.SHARED, cores);
        waves(upstream, "quick", 2 * MS, 100.0 * cores, 60);
        waves(upstream, "slow", 400 * MS, 2.3 * cores, 60);
        served.sort((a, b) -> Long.compare(a.dispatchedAt, b.dispatchedAt));

        UpstreamShape shape = shape();

        assertThat(shape.kind()).isEqualTo(UpstreamShape.Kind.SHARED);
        assertThat(shape.servers()).isBetween(cores, cores + (cores + 3) / 4);
    }

    @Test
    void of_loadThatDoesNotVary_saysThatAnswersAreGuesses() {
        ModelledUpstream upstream = upstream(time, UpstreamShape.Kind.FIFO, 4);
        for (int i = 0; i < 1_000; i++) {
            send(i * 5L * MS, "tool", 20 * MS, upstream);
        }

        UpstreamShape shape = shape();

        assertThat(shape.support()).isEqualTo(UpstreamShape.Support.LOAD_DOES_NOT_VARY);
        assertThat(shape.describe()).contains("the fewest that explain the log", "guesses");
    }
}
