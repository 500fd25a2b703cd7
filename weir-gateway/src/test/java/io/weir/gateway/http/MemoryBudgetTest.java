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
}
