package io.weir.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
    @Test
    void take_upToTheLimit_fitsExactly() {
        MemoryBudget budget = new MemoryBudget(100);
        assertThat(budget.take(60)).isTrue();
        assertThat(budget.take(40)).isTrue();

        assertThat(budget.take(1)).isFalse();

        assertThat(budget.taken()).isEqualTo(100);
    }

    @Test
    void take_thatDoesNotFit_takesNothing() {
        MemoryBudget budget = new MemoryBudget(100);
        assertThat(budget.take(60)).isTrue();

        assertThat(budget.take(41)).isFalse();

        assertThat(budget.taken()).isEqualTo(60);
        assertThat(budget.take(40)).isTrue();
    }

    @Test
    void giveBack_makesRoom() {
        MemoryBudget budget = new MemoryBudget(10);
        assertThat(budget.take(10)).isTrue();

        budget.giveBack(4);

        assertThat(budget.take(5)).isFalse();
        assertThat(budget.take(4)).isTrue();
    }

    @Test
    void takeLeaving_aHalf_stays() {
        MemoryBudget budget = new MemoryBudget(100);
        assertThat(budget.takeLeaving(2, 30, 0)).isTrue();
        assertThat(budget.takeLeaving(2, 20, 0)).isTrue();
        assertThat(budget.takeLeaving(2, 1, 0)).isFalse();

        assertThat(budget.take(50)).isTrue();

        budget.giveBack(50);
        assertThat(budget.takeLeaving(2, 1, 0)).isFalse();
        budget.giveBack(1);
        assertThat(budget.takeLeaving(2, 1, 0)).isTrue();
    }

    @Test
    void takeLeaving_oneThingIsLargerThanTheRest_fits() {
        MemoryBudget budget = new MemoryBudget(100);

        assertThat(budget.takeLeaving(2, 80, 80)).isTrue();
        assertThat(budget.takeLeaving(2, 1, 80)).isFalse();
        assertThat(budget.take(20)).isTrue();
    }

    @Test
    void takeOf_whatIsLarge_leavesAnEighthToWhatIsSmall() {
        int large = 64 * 1024 + 1;
        MemoryBudget budget = new MemoryBudget(8 * 64 * 1024);
        assertThat(budget.takeOf(7 * 64 * 1024, large, 0)).isTrue();
        assertThat(budget.takeOf(1, large, 0)).isFalse();

        assertThat(budget.takeOf(64 * 1024, large - 1, 0)).isTrue();
    }

    @Test
    void takeOf_oneLargeThing_fitsIntoASmallBudget() {
        MemoryBudget budget = new MemoryBudget(100_000);

        assertThat(budget.takeOf(100_000, 100_000, 100_000)).isTrue();
    }
}
