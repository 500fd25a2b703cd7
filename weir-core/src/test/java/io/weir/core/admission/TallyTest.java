package io.weir.core.admission;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TallyTest {
    @Test
    void count_overManyLapsOfAWord_isExact() {
        Tally tally = new Tally();
        for (int i = 0; i < 100; i++) {
            assertThat(tally.count(Tally.FAILED, Amount.of(Permit.MOST_MESSAGES, Permit.MOST_BYTES)))
                    .isTrue();
        }
        assertThat(tally.count(Tally.CANCELLED, Amount.of(1, 300))).isTrue();

        Totals totals = new Totals();
        tally.addTo(totals);

        FlowStats flow = totals.toFlow();
        assertThat(flow.failed()).isEqualTo(new Count(100L * Permit.MOST_MESSAGES, 100 * Permit.MOST_BYTES));
        assertThat(flow.cancelled()).isEqualTo(new Count(1, 300));
    }

    @Test
    void count_afterSealing_countsNothing() {
        Tally tally = new Tally();
        tally.count(Tally.FAILED, Amount.of(1, 10));
        Totals sealed = new Totals();
        tally.sealInto(sealed);

        assertThat(tally.count(Tally.FAILED, Amount.of(1, 10))).isFalse();

        assertThat(sealed.toFlow().failed()).isEqualTo(new Count(1, 10));
    }
}
