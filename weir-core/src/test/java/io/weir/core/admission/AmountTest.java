package io.weir.core.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.Count;
import io.weir.core.config.QueueLimitsConfig;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class AmountTest {
    private static final int MESSAGES = (1 << 24) - 1;
    private static final long BYTES = (1L << 40) - 1;

    @Test
    void of_largest_keepsBothFields() {
        long amount = Amount.of(MESSAGES, BYTES);
        assertThat(Amount.count(amount)).isEqualTo(new Count(MESSAGES, BYTES));
        assertThat(Amount.count(Amount.of(0, BYTES))).isEqualTo(new Count(0, BYTES));
        assertThat(Amount.count(Amount.of(MESSAGES, 0))).isEqualTo(new Count(MESSAGES, 0));
    }

    @Test
    void plusAndMinus_overTheEndOfAField_wrapWithinIt() {
        assertThat(Amount.count(Amount.plus(Amount.of(1, BYTES), Amount.of(2, 2))))
                .isEqualTo(new Count(3, 1));
        assertThat(Amount.count(Amount.plus(Amount.of(MESSAGES, 5), Amount.of(2, 2))))
                .isEqualTo(new Count(1, 7));
        assertThat(Amount.count(Amount.minus(Amount.of(5, 1), Amount.of(2, 2)))).isEqualTo(new Count(3, BYTES));
        assertThat(Amount.count(Amount.minus(Amount.of(1, 5), Amount.of(2, 2)))).isEqualTo(new Count(MESSAGES, 3));
    }

    @Test
    void plusAndMinus_anyAmounts_areFieldByField() {
        for (long seed = 0; seed < 10_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int messages = random.nextInt(MESSAGES + 1);
            int moreMessages = random.nextInt(MESSAGES + 1);
            long bytes = random.nextLong(BYTES + 1);
            long moreBytes = random.nextLong(BYTES + 1);
            long first = Amount.of(messages, bytes);
            long second = Amount.of(moreMessages, moreBytes);

            assertThat(Amount.count(Amount.plus(first, second)))
                    .as("seed " + seed)
                    .isEqualTo(new Count((messages + moreMessages) & MESSAGES, (bytes + moreBytes) & BYTES));
            assertThat(Amount.minus(Amount.plus(first, second), second))
                    .as("seed " + seed)
                    .isEqualTo(first);
        }
    }

    @Test
    void none_isMoreThanAnyLimitAllows() {
        assertThat(Amount.of(QueueLimitsConfig.MAX_MESSAGES, QueueLimitsConfig.MAX_BYTES))
                .isNotEqualTo(Amount.NONE);
    }
}
