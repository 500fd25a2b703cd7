package io.weir.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ThroughputSearchTest {
    private long now;

    /** An upstream that works on so many at once, each for so long, and always has as many as it may. */
    private void run(ThroughputSearch control, int servers, long serviceMicros, long micros) {
        for (long end = now + micros; now < end; ) {
            int inFlight = control.limit();
            int busy = Math.min(servers, inFlight);
            now += serviceMicros / busy;
            control.finished(1, serviceMicros * inFlight / busy, inFlight, now);
        }
    }

    @Test
    void limit_moreThanTheUpstreamCanUse_comesDownNearWhatItCan() {
        ThroughputSearch control = new ThroughputSearch(1000, 16, 64, 64 * 1_250);

        run(control, 4, 5_000, 10_000_000);

        assertThat(control.limit()).isBetween(4, 8);
    }

    @Test
    void limit_lessThanTheUpstreamCanUse_grows() {
        ThroughputSearch control = new ThroughputSearch(1000, 16, 64, 64 * 1_250);

        run(control, 200, 50_000, 60_000_000);

        assertThat(control.limit()).isBetween(200, 400);
    }

    @Test
    void limit_neverPassesWhatIsConfigured() {
        ThroughputSearch control = new ThroughputSearch(50, 16, 64, 64 * 1_250);

        run(control, 200, 50_000, 60_000_000);

        assertThat(control.limit()).isEqualTo(50);
    }

    @Test
    void limit_doesNotGrowWithoutEnd_howeverLongTheOverload() {
        ThroughputSearch control = new ThroughputSearch(1_000_000, 16, 64, 64 * 1_250);

        run(control, 4, 5_000, 3_600_000_000L);

        assertThat(control.limit()).isBetween(4, 16);
    }

    @Test
    void limit_capacityHalvesAndReturns_isEnoughWithinSeconds() {
        ThroughputSearch control = new ThroughputSearch(1000, 16, 64, 64 * 1_250);
        run(control, 8, 5_000, 10_000_000);
        run(control, 4, 5_000, 10_000_000);
        assertThat(control.limit()).isBetween(4, 8);

        run(control, 8, 5_000, 5_000_000);

        assertThat(control.limit()).isBetween(8, 16);
    }

    @Test
    void limit_serviceBecomesSlow_doesNotStarve() {
        ThroughputSearch control = new ThroughputSearch(1000, 16, 64, 64 * 1_250);
        run(control, 8, 5_000, 10_000_000);

        run(control, 8, 50_000, 60_000_000);

        assertThat(control.limit()).isBetween(8, 24);
    }

    @Test
    void limit_placesToSpare_staysAsItIs() {
        ThroughputSearch control = new ThroughputSearch(1000, 16, 64, 64 * 1_250);
        for (int i = 0; i < 10_000; i++) {
            now += 1_000;
            control.finished(1, 5_000, 5, now);
        }

        assertThat(control.limit()).isEqualTo(16);
    }
}
