package io.weir.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

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
}
