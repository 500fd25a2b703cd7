package io.weir.core.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.Count;
import io.weir.core.FlowStats;
import org.junit.jupiter.api.Test;

class PendingCounterTest {
    private static final Limit MAX_LIMIT = new Limit((1 << 24) - 1, (1L << 40) - 1, 100);

    private final ControlLane lane = new ControlLane(0);

    private boolean reserve(int messages, long bytes) {
        return reserve(MAX_LIMIT, messages, bytes);
    }

    private boolean reserve(Limit limit, int messages, long bytes) {
        return lane.reserve(limit, messages, bytes) == Amount.NONE;
    }

    private FlowStats flow() {
        Totals totals = new Totals();
        lane.addTo(totals);
        return totals.toFlow();
    }

    @Test
    void totals_overManyWrapsOfBothFields_areExact() {
        int wraps = 64;
        for (int i = 0; i < wraps; i++) {
            assertThat(reserve(Reservation.MAX_MESSAGES, Reservation.MAX_BYTES)).isTrue();
            assertThat(reserve(3, 5)).isTrue();
            lane.release(MAX_LIMIT, Amount.of(Reservation.MAX_MESSAGES, Reservation.MAX_BYTES));
        }

        Count inFlight = new Count(3L * wraps, 5L * wraps);
        Count released = new Count((long) wraps * Reservation.MAX_MESSAGES, wraps * Reservation.MAX_BYTES);
        assertThat(released.messages()).isGreaterThan(3L << 24);
        assertThat(released.bytes()).isGreaterThan(7L << 40);
        assertThat(Amount.count(lane.pending())).isEqualTo(inFlight);
        assertThat(flow().inFlight()).isEqualTo(inFlight);
        assertThat(flow().completed()).isEqualTo(released);
        assertThat(flow().admitted()).isEqualTo(released.plus(inFlight));
    }

    @Test
    void undo_overTheEndOfAField_leavesNoTrace() {
        for (int i = 0; i < 100; i++) {
            assertThat(reserve(Reservation.MAX_MESSAGES - 1, Reservation.MAX_BYTES - 1))
                    .isTrue();
            FlowStats before = flow();
            assertThat(reserve(Reservation.MAX_MESSAGES, Reservation.MAX_BYTES)).isTrue();
            lane.undo(Amount.of(Reservation.MAX_MESSAGES, Reservation.MAX_BYTES));
            assertThat(flow()).isEqualTo(before);
            lane.release(MAX_LIMIT, Amount.of(Reservation.MAX_MESSAGES - 1, Reservation.MAX_BYTES - 1));
        }

        assertThat(lane.pending()).isZero();
        assertThat(flow().admitted())
                .isEqualTo(new Count(100L * (Reservation.MAX_MESSAGES - 1), 100 * (Reservation.MAX_BYTES - 1)));
    }

    @Test
    void reserve_acrossTheEndOfAField_holdsTheLimits() {
        Limit limit = new Limit(1 << 21, 1L << 38, 100);
        for (int i = 0; i < 40; i++) {
            assertThat(reserve(limit, 1 << 20, 1L << 37)).isTrue();
            assertThat(reserve(limit, 1 << 20, 1L << 37)).isTrue();
            assertThat(reserve(limit, 1, 0)).isFalse();
            assertThat(reserve(limit, 0, 1)).isFalse();
            lane.release(limit, Amount.of(1 << 20, 1L << 37));
            lane.release(limit, Amount.of(1 << 20, 1L << 37));
        }
    }
}
