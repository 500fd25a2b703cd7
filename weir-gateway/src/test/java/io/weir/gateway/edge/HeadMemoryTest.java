package io.weir.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.gateway.http.MemoryBudget;
import org.junit.jupiter.api.Test;

class HeadMemoryTest {
    private static final int LONG = HeadMemory.PLANNED + 1_000;

    private final MemoryBudget budget = new MemoryBudget(100_000);
    private final HeadMemory heads = new HeadMemory(budget);

    @Test
    void hold_aUsualHead_takesNothing() {
        assertThat(heads.hold(HeadMemory.PLANNED, 1, true)).isTrue();

        assertThat(budget.taken()).isZero();
    }

    @Test
    void hold_aLongHead_takesWhatIsBeyondTheUsualOnceHoweverOftenItIsSaid() {
        assertThat(heads.hold(LONG, 1, false)).isTrue();
        assertThat(heads.hold(LONG, 1, true)).isTrue();

        assertThat(budget.taken()).isEqualTo(1_000);
    }

    @Test
    void hold_requestsBehindAnUnansweredOne_takeRoomHoweverShort() {
        assertThat(heads.hold(100, 4, true)).isTrue();
        assertThat(budget.taken()).isEqualTo(3 * HeadMemory.PIPELINED);

        assertThat(heads.hold(LONG, 4, true)).isTrue();
        assertThat(budget.taken()).isEqualTo(1_000 + 3 * LONG);
    }

    @Test
    void hold_answered_givesBack() {
        heads.hold(LONG, 3, true);

        heads.hold(LONG, 2, true);
        assertThat(budget.taken()).isEqualTo(1_000 + LONG);

        heads.hold(LONG, 0, true);
        assertThat(budget.taken()).isZero();
    }

    @Test
    void hold_noRoom_takesNothingMoreAndKeepsWhatItHad() {
        assertThat(heads.hold(LONG, 1, true)).isTrue();

        assertThat(heads.hold(LONG, 30, true)).isFalse();

        assertThat(budget.taken()).isEqualTo(1_000);
        heads.release();
        assertThat(budget.taken()).isZero();
    }

    @Test
    void hold_headsThatAreNotWhole_leaveHalfToOthers() {
        HeadMemory others = new HeadMemory(budget);
        assertThat(heads.hold(HeadMemory.PLANNED + 50_000, 1, false)).isTrue();

        assertThat(others.hold(LONG, 1, false)).isFalse();
        assertThat(others.hold(LONG, 1, true)).isTrue();
    }

    @Test
    void release_twice_givesBackOnce() {
        heads.hold(LONG, 1, true);
        new HeadMemory(budget).hold(LONG, 1, true);

        heads.release();
        heads.release();

        assertThat(budget.taken()).isEqualTo(1_000);
    }
}
