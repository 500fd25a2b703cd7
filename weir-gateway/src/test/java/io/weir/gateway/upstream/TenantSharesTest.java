package io.weir.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TenantSharesTest {
    private final List<String> told = new ArrayList<>();

    private TenantShares.Turn turn(TenantShares shares, String tenant, long deadline) {
        return shares.turn(tenant, deadline, () -> told.add(tenant), cause -> told.add(tenant + " refused"));
    }

    private int enter(TenantShares shares, String tenant, int times, List<TenantShares.Turn> turns) {
        int entered = 0;
        for (int i = 0; i < times; i++) {
            TenantShares.Turn turn = turn(shares, tenant, 100);
            turns.add(turn);
            entered += turn.enter() ? 1 : 0;
        }
        return entered;
    }

    @Test
    void oneTenantAlone_hasHalfOfThePlacesAndOthersFindOneAtOnce() {
        TenantShares shares = new TenantShares(64, 256, 1_000);
        List<TenantShares.Turn> turns = new ArrayList<>();

        assertThat(enter(shares, "a", 70, turns)).isEqualTo(32);
        assertThat(enter(shares, "b", 70, turns)).isEqualTo(16);
        assertThat(enter(shares, "c", 70, turns)).isEqualTo(8);
        assertThat(enter(shares, "d", 1, turns)).isEqualTo(1);
        assertThat(told).isEmpty();

        turns.forEach(TenantShares.Turn::leave);
        turns.forEach(TenantShares.Turn::leave);
        assertThat(enter(shares, "a", 70, turns)).isEqualTo(32);
    }

    @Test
    void placeThatFallsFree_goesToTheTenantWithTheFewest() {
        TenantShares shares = new TenantShares(4, 256, 1_000);
        List<TenantShares.Turn> a = new ArrayList<>();
        List<TenantShares.Turn> others = new ArrayList<>();
        assertThat(enter(shares, "a", 3, a)).isEqualTo(2);
        assertThat(enter(shares, "b", 2, others)).isEqualTo(1);
        assertThat(enter(shares, "c", 1, others)).isEqualTo(1);
        assertThat(enter(shares, "d", 1, others)).isZero();

        a.get(0).leave();

        assertThat(told).containsExactly("d");
    }

    @Test
    void turnThatLeavesWhileItWaits_isNotTold() {
        TenantShares shares = new TenantShares(2, 256, 1_000);
        List<TenantShares.Turn> turns = new ArrayList<>();
        assertThat(enter(shares, "a", 2, turns)).isEqualTo(1);

        turns.get(1).leave();
        turns.get(0).leave();

        assertThat(told).isEmpty();
        assertThat(enter(shares, "b", 1, turns)).isEqualTo(1);
    }

    @Test
    void tooManyOrTooLong_isRefused() {
        TenantShares shares = new TenantShares(2, 3, 4);
        List<TenantShares.Turn> turns = new ArrayList<>();
        assertThat(enter(shares, "a", 5, turns)).isEqualTo(1);
        assertThat(told).containsExactly("a refused");
        assertThat(enter(shares, "b", 3, turns)).isEqualTo(1);
        assertThat(told).containsExactly("a refused", "b refused");
        told.clear();

        shares.expire(99);
        assertThat(told).isEmpty();
        shares.expire(100);
        assertThat(told).containsExactly("a refused", "a refused", "a refused", "b refused");

        turns.forEach(TenantShares.Turn::leave);
        assertThat(enter(shares, "a", 1, turns)).isEqualTo(1);
    }
}
