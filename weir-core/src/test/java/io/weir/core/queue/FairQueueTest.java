package io.weir.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The order of the queue, a script a row. To follow one by hand: a message starts at its tenant's time, and moves that
 * on by its cost (10, unless it says otherwise) over its weight; the earliest start goes next, and of two alike the
 * tenant that became active first. A tenant's time is never behind the start of the last message served.
 */
class FairQueueTest {
    /**
     * Messages are offered in their order, {@code >} serves one, {@code -a1} takes one out; in the end all others are
     * served.
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        # tenants in turn
        a1 a2 a3 b1 b2                             | a1 b1 a2 b2 a3
        # by cost: one of 20 for two of 10
        a1:20 a2:20 b1 b2 b3 b4                    | a1 b1 b2 a2 b3 b4
        a1:30 a2 b1 b2 b3 c1:20 c2                 | a1 b1 c1 b2 b3 c2 a2
        # by weight: two of weight 2 for one of weight 1; a weight of 2 is half the cost
        a1 a2 a3 b1*2 b2*2 b3*2 b4*2               | a1 b1 b2 a2 b3 b4 a3
        a1 a2 a3 b1:20*2 b2:20*2 b3                | a1 b1 a2 b2 a3 b3
        # a tenant that was idle is owed nothing: it starts where the last one did
        a1 a2 a3 a4 > > > b1 b2 b3                 | a1 a2 a3 b1 a4 b2 b3
        # one that was served and comes again has not got its turn back
        a1 b1 b2 > a2                              | a1 b1 b2 a2
        a1:100 b1 b2 b3 > a2                       | a1 b1 b2 b3 a2
        # what is taken out unserved is not charged for
        a1 a2 a3 b1 -a1                            | a2 b1 a3
        a1:100 a2 b1 b2 -a1                        | a2 b1 b2
        # connections of a tenant in turn, whatever waits on each
        a1/x a2/x a3/x a4/y                        | a1 a4 a2 a3
        a1/x a2/x a3/y a4/z a5/y                   | a1 a3 a4 a2 a5
        a1/x a2/x > a3/y                           | a1 a2 a3
        # priority within a connection, then first come, first served
        a1^b a2^l a3 a4                | a3 a4 a2 a1
        a1^l a2^b a3^l a4^c   | a4 a1 a3 a2
        # but neither between connections nor between tenants
        a1/x^l a2/y a3/x                        | a3 a2 a1
        a1^b b1 b2                        | a1 b1 b2
        # many tenants, in the order of their costs; one leaves from among them
        a1:70 b1:60 c1:50 d1:40 e1:30 f1:20 a2 b2 c2 d2 e2 f2     | a1 b1 c1 d1 e1 f1 f2 e2 d2 c2 b2 a2
        a1:70 b1:60 c1:50 d1:40 e1:30 f1:20 a2 b2 c2 e2 f2 -d1    | a1 b1 c1 e1 f1 f2 e2 c2 b2 a2
        # the connection whose turn it is has nothing left: the next one's turn
        a1/x a2/y a3/z a4/y -a1                                   | a2 a3 a4
        """)
    void order_isThatOfStartTimes(String script, String expected) {
        QueueFixture scene = QueueFixture.withCapacity(1);
        FairQueue queue = new FairQueue();
        Map<Offer, String> names = new LinkedHashMap<>();
        List<String> served = new ArrayList<>();
        for (String each : Token.words(script)) {
            if (each.equals(">")) {
                served.add(serve(queue, names));
            } else if (each.startsWith("-")) {
                Offer out = names.keySet().stream()
                        .filter(offer -> each.substring(1).equals(names.get(offer)))
                        .findFirst()
                        .orElseThrow();
                names.remove(out);
                queue.removeUnserved(out);
            } else {
                Token token = Token.of(each);
                Offer offer = token.offer(scene);
                names.put(offer, token.name());
                queue.add(queue.flow(token.tenant(), 0), offer);
            }
        }
        assertHolds(queue, names);
        while (!queue.isEmpty()) {
            served.add(serve(queue, names));
            assertHolds(queue, names);
        }

        assertThat(String.join(" ", served)).isEqualTo(expected);
    }

    private static void assertHolds(FairQueue queue, Map<Offer, String> waiting) {
        assertThat(queue.offers()).isEqualTo(waiting.size());
        assertThat(queue.queuedMessages()).isEqualTo(waiting.size());
        assertThat(queue.queuedCost())
                .isEqualTo(
                        waiting.keySet().stream().mapToLong(each -> each.cost).sum());
    }

    private static String serve(FairQueue queue, Map<Offer, String> names) {
        Offer next = Objects.requireNonNull(queue.head());
        queue.removeServed(next);
        return Objects.requireNonNull(names.remove(next));
    }

    /**
     * What is served before one that is offered last, in microseconds: its own that go before it, times the weights of
     * all that wait over its own weight, at most all that waits; and where tenants of a weight of {@code come} come and
     * go, at least its own times that.
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        # waiting              | offered  | come | ahead
        ''                     | a1       | 0    | 0
        # its tenant has one before it, or three; each tenant's turn is 10
        a1                     | a2       | 0    | 10
        a1 a2 a3               | a4       | 0    | 30
        a1 b1 b2 b3            | a2       | 0    | 20
        a1 b1                  | a2       | 0    | 20
        # nothing of its own waits: its turn is now
        b1 b2 b3               | a1       | 0    | 0
        # another connection of its tenant waits: in turn
        a1/x a2/x a3/x         | a4/y     | 0    | 10
        a1/x:2                 | a2/y:30  | 0    | 2
        # twice the weight, of three that wait
        a1*2 b1 b2 b3          | a2*2     | 0    | 15
        # five others that come and go
        a1                     | a2       | 5    | 50
        """)
    void costAhead_isWhatIsServedBefore(String waiting, String offered, long come, long expected) {
        QueueFixture scene = QueueFixture.withCapacity(1);
        FairQueue queue = new FairQueue();
        for (String each : Token.words(waiting)) {
            Token token = Token.of(each);
            queue.add(queue.flow(token.tenant(), 0), token.offer(scene));
        }
        Token token = Token.of(offered);

        assertThat(queue.costAhead(queue.flow(token.tenant(), 0), token.offer(scene), come))
                .isEqualTo(expected);
    }
}
