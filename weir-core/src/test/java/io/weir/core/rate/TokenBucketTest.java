package io.weir.core.rate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TokenBucketTest {
    private static final long SECOND = 1_000_000_000L;

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
    void waitNanos_isExact() {
        Rate rate = new Rate(3, 2);
        TokenBucket bucket = new TokenBucket(0);
        assertThat(bucket.take(rate, 0, 2)).isTrue();
        long wait = bucket.waitNanos(rate, 0, 1);

        assertThat(wait).isEqualTo(333_333_334);
        assertThat(bucket.take(rate, wait - 1, 1)).isFalse();
        assertThat(bucket.take(rate, wait, 1)).isTrue();
    }

    @Test
    void take_moreThanTheBurst_neverPasses() {
        Rate rate = new Rate(10, 5);
        TokenBucket bucket = new TokenBucket(0);

        assertThat(bucket.take(rate, 0, 6)).isFalse();
        assertThat(bucket.take(rate, 1_000 * SECOND, 6)).isFalse();
        assertThat(bucket.take(rate, 1_000 * SECOND, 5)).isTrue();
    }

    @Test
    void refund_letsTheSameMessagesPassAgain() {
        Rate rate = new Rate(10, 5);
        TokenBucket bucket = new TokenBucket(0);
        assertThat(bucket.take(rate, 0, 5)).isTrue();
        bucket.refund(rate, 3);

        assertThat(bucket.take(rate, 0, 4)).isFalse();
        assertThat(bucket.take(rate, 0, 3)).isTrue();
        assertThat(bucket.isFull(0)).isFalse();
    }

    @Test
    void take_acrossTheClocksOverflow_goesOn() {
        Rate rate = new Rate(1_000, 1);
        long now = Long.MAX_VALUE - 500_000;
        TokenBucket bucket = new TokenBucket(now);

        assertThat(bucket.take(rate, now, 1)).isTrue();
        assertThat(bucket.take(rate, now + 999_999, 1)).isFalse();
        assertThat(bucket.take(rate, now + 1_000_000, 1)).isTrue();
    }

    @Test
    void rate_outOfRange_throws() {
        assertThatThrownBy(() -> new Rate(0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Rate(1_000_001, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Rate(1, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void isFull_fromTheNanosecondOnAtWhichAllIsRefilled() {
        Rate rate = new Rate(1_000, 10);
        TokenBucket bucket = new TokenBucket(SECOND);
        bucket.take(rate, SECOND, 3);

        assertThat(bucket.isFull(SECOND + 3_000_000 - 1)).isFalse();
        assertThat(bucket.isFull(SECOND + 3_000_000)).isTrue();
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

    @Test
    void takeAny_ofABatchLargerThanTheBurst_needsAFullBucket() {
        Rate rate = new Rate(1_000, 10);
        TokenBucket bucket = new TokenBucket(SECOND);

        assertThat(bucket.takeAny(rate, SECOND, 20)).isTrue();
        assertThat(bucket.takeAny(rate, SECOND, 20)).isFalse();
        assertThat(bucket.isFull(SECOND + 20_000_000)).isTrue();
    }
}
