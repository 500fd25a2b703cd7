package io.weir.core.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.Count;
import io.weir.core.FlowStats;
import org.junit.jupiter.api.Test;

class EventCountersTest {
    @Test
    void count_overManyLapsOfAWord_isExact() {
        EventCounters eventCounters = new EventCounters();
        for (int i = 0; i < 100; i++) {
            assertThat(eventCounters.count(
                            CountedEvent.FAILED, Amount.of(Reservation.MAX_MESSAGES, Reservation.MAX_BYTES)))
                    .isTrue();
        }
        assertThat(eventCounters.count(CountedEvent.CANCELLED, Amount.of(1, 300)))
                .isTrue();

        Totals totals = new Totals();
        eventCounters.addTo(totals);

        FlowStats flow = totals.toFlow();
        assertThat(flow.failed()).isEqualTo(new Count(100L * Reservation.MAX_MESSAGES, 100 * Reservation.MAX_BYTES));
        assertThat(flow.cancelled()).isEqualTo(new Count(1, 300));
    }

    @Test
    void count_afterSealing_countsNothing() {
        EventCounters eventCounters = new EventCounters();
        eventCounters.count(CountedEvent.FAILED, Amount.of(1, 10));
        Totals sealed = new Totals();
        eventCounters.sealInto(sealed);

        assertThat(eventCounters.count(CountedEvent.FAILED, Amount.of(1, 10))).isFalse();

        assertThat(sealed.toFlow().failed()).isEqualTo(new Count(1, 10));
    }

    @Test
    void rejectedMessages_isAllThatWasRefusedDroppedDisconnectedOrShed_inAnyScope() {
        EventCounters eventCounters = new EventCounters();
        Totals totals = new Totals();
        int more = 1;
        for (int event = 0; event < CountedEvent.COUNT; event++) {
            eventCounters.count(event, Amount.of(more++, 1));
        }
        eventCounters.addTo(totals);

        FlowStats flow = totals.toFlow();
        long ended = flow.failed().messages()
                + flow.cancelled().messages()
                + flow.expired().messages()
                + flow.evicted().messages();
        long all = (long) CountedEvent.COUNT * (CountedEvent.COUNT + 1) / 2;
        assertThat(ended).isEqualTo(4L * CountedEvent.FAILED + 10);
        assertThat(eventCounters.rejectedMessages()).isEqualTo(all - ended);
        assertThat(totals.rejectedMessages()).isEqualTo(all - ended);
    }
}
