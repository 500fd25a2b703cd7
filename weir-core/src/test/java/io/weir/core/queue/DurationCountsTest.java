package io.weir.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DurationCountsTest {
    private static final long MILLI = 1_000_000;

    private final DurationCounts counts = new DurationCounts();

    private static int bucket(long nanos) {
        return (int) DurationCounts.boundsNanos().stream()
                .filter(bound -> bound < nanos)
                .count();
    }

    @Test
    void forEach_hasTheCountsOfEachBucket_andTheSumAndTheMaximum() {
        List<Long> added = List.of(
                0L,
                0L,
                7L,
                MILLI,
                MILLI + 1,
                2 * MILLI + 3,
                100 * MILLI,
                100 * MILLI + 1,
                400_000 * MILLI,
                1_000_000 * MILLI + 1);
        added.forEach(each -> counts.add(each, 1));
        counts.add(3, 5);

        List<Long> named = new ArrayList<>();
        counts.forEach(named::add);

        List<Long> expected = new ArrayList<>(added);
        for (int i = 0; i < 5; i++) {
            expected.add(3L);
        }
        assertThat(named.stream().map(DurationCountsTest::bucket).sorted())
                .containsExactlyElementsOf(expected.stream()
                        .map(DurationCountsTest::bucket)
                        .sorted()
                        .toList());
        assertThat(named.stream().mapToLong(each -> each).sum())
                .isEqualTo(expected.stream().mapToLong(each -> each).sum())
                .isEqualTo(counts.sumNanos());
        assertThat(named.stream().mapToLong(each -> each).max()).hasValue(1_000_000 * MILLI + 1);
        assertThat(counts.count()).isEqualTo(15);
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            # durations in ms,  permille, percentile in us
            '',                 500,      0
            '3',                500,      3000
            '20,20,20,20',      1000,     20000
            '20,20,20,20',      500,      20000
            '12,24',            500,      18000
            '1,1,1,40',         750,      1000
            '1,1,1,40',         990,      40000
            '1,1,1,40',         500,      1000
            '600000',           950,      600000000
            """)
    void percentile_isInterpolatedInItsBucket_andNoMoreThanTheLargest(String millis, int permille, long micros) {
        for (String each : millis.split(",", -1)) {
            if (!each.isEmpty()) {
                counts.add(Long.parseLong(each) * MILLI, 1);
            }
        }

        assertThat(Math.round(counts.percentileNanos(permille) / 1000.0)).isEqualTo(micros);
    }

    @Test
    void add_ofOthers_isAsIfTheirsHadBeenCountedHere() {
        DurationCounts others = new DurationCounts();
        counts.add(2 * MILLI, 1);
        others.add(3 * MILLI, 2);
        others.add(400_000 * MILLI, 1);

        counts.add(others);

        assertThat(counts.count()).isEqualTo(4);
        assertThat(counts.sumNanos()).isEqualTo(400_008 * MILLI);
        assertThat(counts.percentileNanos(1000)).isEqualTo(400_000 * MILLI);
    }
}
