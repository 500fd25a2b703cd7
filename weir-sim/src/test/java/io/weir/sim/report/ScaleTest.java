package io.weir.sim.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.sim.engine.Bins;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScaleTest {
    @ParameterizedTest
    @CsvSource({
        "0, 1, 1",
        "1, 0.2, 1",
        "1.01, 0.5, 1.5",
        "10, 2, 10",
        "213, 50, 250",
        "1999, 500, 2000",
        "0.03, 0.01, 0.03"
    })
    void upTo_anyValue_isRoundAndReachesIt(double largest, double step, double top) {
        Scale scale = Scale.upTo(largest, 5);

        assertThat(scale.step()).isEqualTo(step, within());
        assertThat(scale.top()).isEqualTo(top, within()).isGreaterThanOrEqualTo(largest);
        assertThat(scale.ticks()).hasSizeBetween(2, 6).first().isEqualTo(0.0);
    }

    private static org.assertj.core.data.Offset<Double> within() {
        return org.assertj.core.data.Offset.offset(1e-9);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"0|0", "0.0625|0.063", "1.5|1.5", "29.96|30", "1234567|1,234,567", "100|100"})
    void text_ofAValue_hasThreeDigits(double value, String text) {
        assertThat(Scale.text(value)).isEqualTo(text);
    }

    @Test
    void bin_ofAnyLength_hasAUnit() {
        Bins seconds = Bins.of(TimeUnit.SECONDS.toNanos(60));
        Bins hours = Bins.of(TimeUnit.HOURS.toNanos(24));

        assertThat(Scale.bin(3, seconds)).isEqualTo("1.5\u20132 s");
        assertThat(Scale.width(seconds.step())).isEqualTo("500 ms");
        assertThat(Scale.bin(3, hours)).isEqualTo("0.75\u20131 h");
        assertThat(Scale.width(hours.step())).isEqualTo("15 min");
    }
}
