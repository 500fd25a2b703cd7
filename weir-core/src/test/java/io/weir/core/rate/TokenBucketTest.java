package io.weir.core.rate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenBucketTest {
    private static final long SECOND = 1_000_000_000L;

    /**
     * {@code 3@7} is three messages at 7 ns, {@code 3any@7} three that may be more than the burst, {@code -3} a refund
     * of three, and {@code full@7} asks whether the bucket is full. Results are {@code +} for what passes, else the
     * nanoseconds until it would.
     */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        # a second | burst | began | requests | results
        # a burst, then one an interval, at its nanosecond; a third of a second is rounded up
        3    | 2  | 0 | 2@0 1@0 1@333333333 1@333333334            | + 333333334 1 +
        1000 | 3  | 5 | 1@5 1@5 1@5 1@5 1@1000004 1@1000005 1@1000005 | + + + 1000000 1 + 1000000
        # all or none
        1000 | 3  | 0 | 2@0 2@0 1@0                                | + 1000000 +
        # what was not used is saved up to the burst, and no further
        1000 | 3  | 0 | 3@0 3@3000000 1@9000000 2@9000000 1@9000000 | + + + + 1000000
        # more than the burst never passes, however long it waits
        10   | 5  | 0 | 6@0 6@1000000000000 5@1000000000000        | 100000000 100000000 +
        # but a full bucket lets any batch pass, which is then paid off
        1000 | 10 | 0 | 20any@0 20any@0 1@10000001 1@11000000      | + 20000000 999999 +
        1000 | 10 | 0 | 1@0 20any@999999 20any@1000000             | + 1 +
        # full from the nanosecond on at which all is refilled
        1000 | 10 | 0 | full@0 3@0 full@2999999 full@3000000       | yes + no yes
        # a refund lets as many pass again
        10   | 5  | 0 | 5@0 -3 4@0 3@0 full@0                      | + . 100000000 + no
        # the clock may overflow
        1000 | 1  | 9223372036854275807 | 1@9223372036854275807 1@-9223372036854275810 1@-9223372036854275809 | + 1 +
        """)
    void requests_passAtTheRate(int perSecond, long burst, long began, String requests, String results) {
        Rate rate = new Rate(perSecond, burst);
        TokenBucket bucket = new TokenBucket(began);
        String answered = Pattern.compile(" ")
                .splitAsStream(requests)
                .map(request -> answer(bucket, rate, request))
                .collect(Collectors.joining(" "));

        assertThat(answered).isEqualTo(results);
    }

    private static String answer(TokenBucket bucket, Rate rate, String request) {
        if (request.startsWith("-")) {
            bucket.refund(rate, Integer.parseInt(request.substring(1)));
            return ".";
        }
        String what = request.substring(0, request.indexOf('@'));
        long now = Long.parseLong(request.substring(request.indexOf('@') + 1));
        if (what.equals("full")) {
            return bucket.isFull(now) ? "yes" : "no";
        }
        boolean any = what.endsWith("any");
        int messages = Integer.parseInt(any ? what.substring(0, what.length() - 3) : what);
        long wait = any ? bucket.waitNanosOfAny(rate, now, messages) : bucket.waitNanos(rate, now, messages);
        boolean passes = any ? bucket.takeAny(rate, now, messages) : bucket.take(rate, now, messages);
        assertThat(passes).isEqualTo(wait <= 0);
        return passes ? "+" : String.valueOf(wait);
    }

    @Test
    void take_overAnyWindow_passesAtMostBurstAndRate() {
        for (long seed = 1; seed <= 50; seed++) {
            Random random = new Random(seed);
            Rate rate = new Rate(1 + random.nextInt(5_000), 1 + random.nextInt(200));
            long interval = (SECOND + rate.perSecond() - 1) / rate.perSecond();
            long now = random.nextLong();
            TokenBucket bucket = new TokenBucket(now);
            Deque<long[]> passed = new ArrayDeque<>();
            for (int i = 0; i < 3_000; i++) {
                now += (long) (random.nextDouble() * random.nextInt(4) * interval);
                int messages = 1 + random.nextInt(3);
                if (bucket.take(rate, now, messages)) {
                    passed.addLast(new long[] {now, messages});
                }
                long sum = 0;
                for (var it = passed.descendingIterator(); it.hasNext(); ) {
                    long[] one = it.next();
                    sum += one[1];
                    assertThat(sum)
                            .as("seed %d, window of %d ns", seed, now - one[0])
                            .isLessThanOrEqualTo(rate.burst() + (now - one[0]) / interval);
                    if (now - one[0] > 50 * interval) {
                        break;
                    }
                }
            }
        }
    }

    @Test
    void rate_outOfRange_throws() {
        assertThatThrownBy(() -> new Rate(0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Rate(1_000_001, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Rate(1, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refund_onlyWhileNothingOfTheChargeCanBeRefilled() {
        Rate rate = new Rate(1_000, 10);
        TokenBucket early = new TokenBucket(SECOND);
        TokenBucket late = new TokenBucket(SECOND);
        early.take(rate, SECOND, 3);
        late.take(rate, SECOND, 3);

        early.refund(rate, 3, SECOND, SECOND + 3_000_000 - 1);
        late.refund(rate, 3, SECOND, SECOND + 3_000_000);

        assertThat(early.isFull(SECOND)).isTrue();
        assertThat(late.isFull(SECOND)).isFalse();
    }

    @Test
    void boundDebt_leavesTheBucketEmptyAtWorst_andABetterOneAsItIs() {
        Rate slow = new Rate(1, 10);
        Rate fast = new Rate(1_000, 10);
        TokenBucket bucket = new TokenBucket(SECOND);
        bucket.take(slow, SECOND, 10);

        bucket.boundDebt(fast, SECOND);

        assertThat(bucket.waitNanos(fast, SECOND, 1)).isEqualTo(1_000_000);
        TokenBucket half = new TokenBucket(SECOND);
        half.take(fast, SECOND, 5);
        half.boundDebt(fast, SECOND);
        assertThat(half.waitNanos(fast, SECOND, 5)).isLessThanOrEqualTo(0);
        assertThat(half.waitNanos(fast, SECOND, 6)).isPositive();
    }
}
