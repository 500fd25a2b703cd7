package io.weir.gateway.child;

import static io.weir.gateway.child.ChildBudget.Answer.ADDRESS_FULL;
import static io.weir.gateway.child.ChildBudget.Answer.FULL;
import static io.weir.gateway.child.ChildBudget.Answer.GRANTED;
import static io.weir.gateway.child.ChildBudget.Answer.RATE;
import static io.weir.gateway.child.ChildBudget.Answer.TENANT_FULL;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.ChildPolicy;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChildBudgetTest {
    private static final long SECOND = 1_000_000_000;

    private static ChildBudget budget(int max, int perTenant, int perSec) {
        return budget(max, perTenant, max, perSec);
    }

    private static ChildBudget budget(int max, int perTenant, int perAddress, int perSec) {
        Duration any = Duration.ofSeconds(1);
        return new ChildBudget(new ChildPolicy(false, max, perTenant, perAddress, perSec, any, any, any, any, 0, 1));
    }

    @Test
    void take_beyondALimit_isNotGranted_untilOneIsGivenBack() {
        ChildBudget budget = budget(3, 2, 1000);

        assertThat(budget.take("a", "", 0)).isEqualTo(GRANTED);
        assertThat(budget.take("a", "", 0)).isEqualTo(GRANTED);
        assertThat(budget.take("a", "", 0)).isEqualTo(TENANT_FULL);
        assertThat(budget.take("b", "", 0)).isEqualTo(GRANTED);
        assertThat(budget.take("c", "", 0)).isEqualTo(FULL);
        budget.giveBack("b", "");
        assertThat(budget.take("a", "", 0)).isEqualTo(TENANT_FULL);
        assertThat(budget.take("c", "", 0)).isEqualTo(GRANTED);
        assertThat(budget.count()).isEqualTo(3);
        assertThat(budget.count("a")).isEqualTo(2);
        assertThat(budget.count("b")).isZero();
    }

    @Test
    void take_beyondWhatAnAddressMayHave_isNotGranted_whateverTheTenant() {
        ChildBudget budget = budget(5, 3, 2, 1000);

        assertThat(budget.take("a", "10.0.0.1", 0)).isEqualTo(GRANTED);
        assertThat(budget.take("b", "10.0.0.1", 0)).isEqualTo(GRANTED);
        assertThat(budget.take("a", "10.0.0.1", 0)).isEqualTo(ADDRESS_FULL);
        assertThat(budget.countRefused("a", "10.0.0.1", RATE)).isEqualTo(ADDRESS_FULL);
        assertThat(budget.take("a", "10.0.0.2", 0)).isEqualTo(GRANTED);
        assertThat(budget.take("a", "", 0)).as("of several").isEqualTo(GRANTED);
        assertThat(budget.take("a", "10.0.0.3", 0)).isEqualTo(TENANT_FULL);
        budget.giveBack("b", "10.0.0.1");
        assertThat(budget.take("b", "10.0.0.1", 0)).isEqualTo(GRANTED);
        assertThat(budget.countOfAddress("10.0.0.1")).isEqualTo(2);
        assertThat(budget.refused(ADDRESS_FULL)).isEqualTo(1);
        assertThat(budget.refused(TENANT_FULL)).isZero();
    }

    @ParameterizedTest
    @CsvSource({"hog, 10.0.0.1, other, 10.0.0.2", "t, 10.0.0.1, t, 10.0.0.2", "hog, 10.0.0.1, other, 10.0.0.1"})
    void take_beyondTheRate_goesToThoseThatWantOneInTurn(String hog, String at, String other, String otherAt) {
        ChildBudget budget = budget(1000, 1000, 2);
        long now = 0;
        while (budget.take(hog, at, now) == GRANTED) {
            budget.giveBack(hog, at);
        }
        assertThat(budget.take(other, otherAt, now)).isEqualTo(RATE);
        StringBuilder order = new StringBuilder();
        for (int start = 0; start < 6; start++) {
            // The hog always asks first.
            while (order.length() == start) {
                now += SECOND / 20;
                if (budget.take(hog, at, now) == GRANTED) {
                    order.append('h');
                }
                if (budget.take(other, otherAt, now) == GRANTED) {
                    order.append('o');
                }
            }
        }
        assertThat(order).hasToString("ohohoh");
    }

    @Test
    void take_whereNobodyElseWantsOneAnyMore_isGranted() {
        ChildBudget budget = budget(1000, 1000, 4);
        for (int i = 0; i < 4; i++) {
            assertThat(budget.take("a", "", 0)).isEqualTo(GRANTED);
        }
        assertThat(budget.take("b", "", SECOND / 4 - 1)).isEqualTo(RATE);
        assertThat(budget.take("a", "", SECOND / 4)).as("b wants it").isEqualTo(RATE);
        assertThat(budget.take("a", "", SECOND)).as("b has gone").isEqualTo(GRANTED);
    }

    @Test
    void take_isGrantedSoOftenASecond_whateverWasIdleBefore() {
        ChildBudget budget = budget(1000, 1000, 4);
        long late = 1000 * SECOND;

        for (int i = 0; i < 4; i++) {
            assertThat(budget.take("a", "", late)).as("start " + i).isEqualTo(GRANTED);
        }
        assertThat(budget.take("a", "", late)).isEqualTo(RATE);
        assertThat(budget.take("a", "", late + SECOND / 4 - 1)).isEqualTo(RATE);
        assertThat(budget.take("a", "", late + SECOND / 4)).isEqualTo(GRANTED);
        assertThat(budget.take("a", "", late + SECOND / 4)).isEqualTo(RATE);
        assertThat(budget.count()).isEqualTo(5);
    }
}
