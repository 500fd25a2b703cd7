package io.weir.sim.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.sim.engine.Bins;
import io.weir.sim.run.Breakdown.Part;
import java.util.List;
import org.junit.jupiter.api.Test;

class BreakdownTest {
    private static final Bins TWO = new Bins(100, 200);

    @Test
    void parts_moreKeysThanShown_areTheLargestAndTheRestSummed() {
        Breakdown breakdown = new Breakdown(TWO);
        for (int key = 1; key <= 6; key++) {
            Breakdown.Line line = breakdown.of("t" + key);
            line.offered(10 * key);
            line.rejected(key);
            line.inTime(2 * key);
            line.answered(1000L * key);
        }
        breakdown.next();
        breakdown.of("t1").offered(5);
        breakdown.next();

        List<Part> parts = breakdown.parts(2);

        assertThat(parts).extracting(Part::name).containsExactly("t6", "t5", "");
        assertThat(parts).extracting(Part::keys).containsExactly(1, 1, 4);
        Series others = parts.get(2).series();
        assertThat(others.column("offered")).containsExactly(100L, 5L);
        assertThat(others.column("rejected")).containsExactly(10L, 0L);
        assertThat(others.column("in time")).containsExactly(20L, 0L);
        assertThat(others.column("latency p95")).containsExactly(4000L, Series.NO_DATA);
        assertThat(others.column("limit")).containsOnly(Series.NO_DATA);
    }

    @Test
    void parts_oneKeyMoreThanShown_areAllNamed() {
        Breakdown breakdown = new Breakdown(TWO);
        List.of("b", "c", "a").forEach(key -> breakdown.of(key).offered(1));

        assertThat(breakdown.parts(2)).extracting(Part::name).containsExactly("a", "b", "c");
    }

    @Test
    void limit_ofOthers_isTheLowest() {
        Breakdown breakdown = new Breakdown(TWO);
        breakdown.of("a").offered(9);
        breakdown.of("b").limit(7);
        breakdown.of("c").limit(3);
        breakdown.next();
        breakdown.of("c").limit(4);
        breakdown.next();

        assertThat(breakdown.parts(1).get(1).series().column("limit")).containsExactly(3L, 4L);
    }

    @Test
    void answered_everyBin_hasItsOwnPercentile() {
        Breakdown breakdown = new Breakdown(TWO);
        for (int i = 1; i <= 100; i++) {
            breakdown.of("a").answered(i * 1000L);
        }
        breakdown.next();
        breakdown.of("a").answered(7000);
        breakdown.next();
        breakdown.of("a").answered(9000);

        assertThat(breakdown.parts(1).get(0).series().column("latency p95")).containsExactly(95_000L, 7000L);
    }

    @Test
    void of_moreKeysThanHaveALine_countsThemTogether() {
        Breakdown breakdown = new Breakdown(TWO);
        for (int key = 0; key < Breakdown.MAX_KEYS + 50; key++) {
            breakdown.of("t" + key).offered(1);
        }
        breakdown.next();

        List<Part> parts = breakdown.parts(7);

        assertThat(breakdown.of("t" + Breakdown.MAX_KEYS)).isSameAs(breakdown.of("t" + (Breakdown.MAX_KEYS + 49)));
        assertThat(breakdown.keys()).isEqualTo(Breakdown.MAX_KEYS + 50);
        assertThat(parts.get(7).keys()).isEqualTo(Breakdown.MAX_KEYS + 43);
        assertThat(parts.get(7).series().column("offered")).containsExactly(Breakdown.MAX_KEYS + 43L);
    }
}
