package io.weir.core.queue;

import static io.weir.core.queue.QueueFixture.MS;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The small measures of the queue, each by a table that can be checked by hand. */
class QueueMeasuresTest {
    /**
     * How long a message may wait: nearly its time to live, less the work, while the queue has not stood for longer
     * than the threshold; then that part of it which the threshold is of the time the queue has stood, and never less
     * than two turns, or a sixteenth.
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        # ttl | cost | threshold | turn | stood | empty | target, all in ms
        1000  | 100  | 50        | 5    | 0     | 0     | 900
        1000  | 800  | 50        | 5    | 0     | 0     | 500
        1000  | 100  | 50        | 5    | 50    | 0     | 900
        1000  | 100  | 50        | 5    | 100   | 0     | 500
        1000  | 100  | 50        | 5    | 500   | 0     | 100
        # never below the threshold, a sixteenth of the time to live, or two turns, and two turns never above half of it
        1000  | 100  | 50        | 5    | 10000 | 0     | 50
        1000  | 100  | 500       | 5    | 80000 | 0     | 62.5
        1000  | 100  | 50        | 100  | 10000 | 0     | 200
        1000  | 100  | 50        | 400  | 10000 | 0     | 500
        # empty for half of the threshold halves the time it has stood; for all of it, ends it
        1000  | 100  | 50        | 5    | 500   | 25    | 200
        1000  | 100  | 50        | 5    | 500   | 50    | 900
        """)
    void delayTarget_fallsWithTheTimeTheQueueHasStood(
            long ttl, long cost, long threshold, long turn, long stood, long empty, double expected) {
        QueueDelayTarget target = new QueueDelayTarget(0);
        target.note(true, threshold * MS, 0);
        long now = stood * MS;
        if (empty > 0) {
            target.note(false, threshold * MS, now);
            now += empty * MS;
        }

        assertThat((double) target.target(ttl * MS, cost * MS, threshold * MS, turn * MS, now) / MS)
                .isCloseTo(expected, Percentage.withPercentage(2));
    }

    /**
     * Slots by weight among those that have asked, at least one; within its share is who asked for less than nine
     * tenths of it.
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        # asked by each tenant, with its weight | served in all | slots | due to each | within its share
        a1:100                                   | 1000          | 8     | 8           | a
        a1:449 b1:900                            | 1000          | 8     | 4 4         | a
        a1:450 b1:900                            | 1000          | 8     | 4 4         | -
        a1:224 b1:900*3                          | 1000          | 8     | 2 6         | a
        a1:225 b1:674*3                          | 1000          | 8     | 2 6         | b
        a1:10 b1:10 c1:10                        | 90            | 8     | 2 2 2       | a b c
        a1:10 b1:10*100                          | 20            | 8     | 1 7         | b
        """)
    void fairShare_isByWeightAmongThoseThatAsk(String asked, long served, int slots, String due, String within) {
        QueueFixture scene = QueueFixture.withCapacity(1);
        FairShareTracker shares = new FairShareTracker(0);
        FairQueue queue = new FairQueue();
        List<Offer> offers = new ArrayList<>();
        for (String each : Token.words(asked)) {
            Token token = Token.of(each);
            Offer offer = token.offer(scene);
            offers.add(offer);
            shares.asked(queue.flow(token.tenant(), 0), offer, 0);
        }
        shares.served(Token.of("z1:" + served).offer(scene));

        assertThat(join(offers.stream()
                        .map(each -> String.valueOf(shares.slots(each, slots)))
                        .toList()))
                .isEqualTo(due);
        List<String> satisfied = offers.stream()
                .filter(each ->
                        shares.isWithinShare(queue.flow(each.connection().tenant(), 0), each))
                .map(each -> each.connection().tenant())
                .toList();
        assertThat(satisfied.isEmpty() ? "-" : join(satisfied)).isEqualTo(within);
        assertThat(shares.hasSeveral()).isEqualTo(offers.size() > 1);
    }

    /**
     * What {@code a} asked for at 0 counts in that period and the next. One ends after a minute, or after a second if
     * 64 messages of each tenant that asked were served; that many are served before each time {@code b} asks.
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        # b asks at, in ns                   | served before | a counts
        59999999999 59999999999              | 0             | true
        60000000000 119999999999             | 0             | true
        60000000000 120000000000             | 0             | false
        999999999 999999999                  | 64            | true
        1000000000 2000000000                | 63            | true
        1000000000 1999999999                | 64            | true
        1000000000 2000000000                | 64            | false
        """)
    void demand_countsForTwoPeriods(String asks, int served, boolean counts) {
        QueueFixture scene = QueueFixture.withCapacity(1);
        FairShareTracker shares = new FairShareTracker(0);
        TenantFlow first = new TenantFlow("a", 0, 0);
        TenantFlow second = new TenantFlow("b", 1, 0);
        shares.asked(first, Token.of("a1").offer(scene), 0);
        for (String at : Token.words(asks)) {
            for (int i = 0; i < served; i++) {
                shares.served(Token.of("a1").offer(scene));
            }
            shares.asked(second, Token.of("b1").offer(scene), Long.parseLong(at));
        }

        assertThat(shares.counts(first)).isEqualTo(counts);
        assertThat(shares.counts(second)).isTrue();
    }

    /** Exact below 8; above, the largest value of a bucket an eighth of a power of two wide. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        # samples, ns                  | percent | at most
        ''                             | 95      | 0
        5                              | 0       | 5
        1 2 3 4 5                      | 50      | 3
        1 2 3 4 5                      | 60      | 3
        1 2 3 4 5                      | 61      | 4
        1 2 3 4 5                      | 100     | 5
        8                              | 50      | 8
        15                             | 50      | 15
        16                             | 50      | 17
        100                            | 50      | 103
        1 1 1 1 1 1 1 1 1 1000         | 90      | 1
        1 1 1 1 1 1 1 1 1 1000         | 91      | 1023
        -7                             | 50      | 0
        """)
    void percentile_isTheLargestValueOfItsBucket(String samples, int percent, long expected) {
        LatencyHistogram histogram = new LatencyHistogram();
        Token.words(samples).forEach(each -> histogram.add(Long.parseLong(each)));

        assertThat(histogram.percentile(percent)).isEqualTo(expected);
        histogram.clear();
        histogram.add(7);
        assertThat(histogram.percentile(1)).isEqualTo(7);
    }

    /**
     * The first is so far away, each later one an interval of at least a millisecond a message; beyond five minutes it
     * begins anew.
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        # first | interval | messages of each | told, all in ms
        100     | 10       | 1 1 1            | 100 110 120
        100     | 10       | 3 1              | 100 130
        0       | 0        | 1 1 1            | 1 2 3
        5       | 10       | 1 1              | 10 20
        400000  | 10       | 1                | 300000
        299990  | 10       | 1 1 1            | 299990 300000 over
        100     | 400000   | 1 1              | 300000 over
        """)
    void retrySlots_areAnIntervalApart(long first, long interval, String messages, String expected) {
        RetrySlots slots = new RetrySlots(0);
        slots.begin(first * MS, interval * MS, 0);
        List<String> told = new ArrayList<>();
        for (String each : Token.words(messages)) {
            told.add(slots.goOn(0) ? String.valueOf(slots.reserve(Integer.parseInt(each), 0) / MS) : "over");
        }

        assertThat(join(told)).isEqualTo(expected);
        assertThat(slots.areOver(0)).isFalse();
        assertThat(new RetrySlots(7).areOver(6)).isFalse();
        assertThat(new RetrySlots(7).areOver(7)).isTrue();
    }

    /** As many places as the circuit allows of 8: the half-open one a call, and one more with each success. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        # successes since | messages under way | slots | admits 1 | admits 2
        0                 | 0                  | 1     | true     | true
        0                 | 1                  | 1     | false    | false
        1                 | 1                  | 2     | true     | false
        2                 | 1                  | 3     | true     | true
        2                 | 2                  | 3     | true     | false
        9                 | 3                  | 8     | true     | true
        """)
    void halfOpenCircuit_letsOneMoreInWithEachSuccess(
            int successes, int underWay, int slots, boolean admitsOne, boolean admitsTwo) {
        Circuit circuit = new Circuit(CircuitPolicy.DEFAULT, 0);
        circuit.open(true, 0);
        circuit.advance(QueueFixture.SECOND);
        for (int i = 0; i < successes; i++) {
            circuit.ended(false, true, QueueFixture.SECOND);
        }
        for (int i = 0; i < underWay; i++) {
            circuit.enter(1);
        }

        assertThat(circuit.slots(8)).isEqualTo(slots);
        assertThat(circuit.admits(1)).isEqualTo(admitsOne);
        assertThat(circuit.admits(2)).isEqualTo(admitsTwo);
        assertThat(circuit.awaitsTrial()).isEqualTo(underWay == 0);
    }

    private static String join(List<String> texts) {
        return texts.stream().collect(Collectors.joining(" "));
    }
}
