package io.weir.sim.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BinsTest {
    @ParameterizedTest
    @CsvSource({
        "1, 25, 1",
        "3000, 25, 120",
        "3012, 25, 120",
        "3013, 50, 60",
        "60000, 500, 120",
        "60249, 500, 120",
        "60250, 1000, 60",
        "61000, 1000, 61",
        "600000, 5000, 120",
        "3600000, 30000, 120",
        "86400000, 900000, 96",
        "31536000000, 345600000, 91"
    })
    void of_anyDuration_isRoundAndAtMost120(long millis, long stepMillis, int count) {
        Bins bins = Bins.of(TimeUnit.MILLISECONDS.toNanos(millis));

        assertThat(TimeUnit.NANOSECONDS.toMillis(bins.step())).isEqualTo(stepMillis);
        assertThat(bins.count()).isEqualTo(count).isLessThanOrEqualTo(Bins.MAX);
    }

    @Test
    void of_nothing_isOneBinOfTheShortestLength() {
        assertThat(Bins.of(0)).isEqualTo(new Bins(25_000_000, 25_000_000));
        assertThat(Bins.of(0).count()).isEqualTo(1);
    }

    @Test
    void at_everyTime_isTheBinItBeginsIn() {
        Bins bins = new Bins(100, 250);

        assertThat(bins.count()).isEqualTo(3);
        assertThat(bins.at(0)).isZero();
        assertThat(bins.at(99)).isZero();
        assertThat(bins.at(100)).isEqualTo(1);
        assertThat(bins.at(250)).isEqualTo(2);
        assertThat(bins.end(1)).isEqualTo(200);
        assertThat(bins.end(2)).as("the last one is shorter").isEqualTo(250);
    }

    @Test
    void end_ofTheLastBin_isTheEnd() {
        Bins bins = new Bins(100, 249);

        assertThat(bins.count()).isEqualTo(2);
        assertThat(bins.end(0)).isEqualTo(100);
        assertThat(bins.end(1)).as("the last one is longer").isEqualTo(249);
        assertThat(bins.at(249)).isEqualTo(1);
    }
}
