package io.weir.bench.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A sample of the matrix: upstreams that cope, where Weir may harm nothing, and some that do not. */
class MatrixTest {
    private static final int MESSAGES = 3_000;

    private static Stream<Case> cases(String ids) {
        List<Case> cases = Cases.all(1, MESSAGES).stream()
                .filter(each -> each.id().matches(ids))
                .toList();
        assertThat(cases).as(ids).isNotEmpty();
        return cases.stream();
    }

    static Stream<Case> harmless() {
        return Stream.of(
                        "agent(20|64)-.*-(15|45)s",
                        "closed(64|200)-delay1000-.*",
                        "delay(10|300)-.*-1\\.0x",
                        "fifo(4|100)-(const|exp)-.*-0\\.6x",
                        "fifo1-const-200ms-0\\.6x",
                        "mix[23]-(fifo100|sharing4|sharing100)-0\\.(3|8)x",
                        "sharing(4|16)-exp-.*-0\\.8x")
                .flatMap(MatrixTest::cases);
    }

    static Stream<Case> overloaded() {
        return Stream.of("fifo(1|4|100)-(const|exp)-(5ms|200ms)-2\\.0x", "sharing16-exp-.*-2\\.0x")
                .flatMap(MatrixTest::cases);
    }

    /** Slow calls fill the workers, and quick ones have to get through. */
    static Stream<Case> mixed() {
        return Stream.of("mix2-fifo(32|100)-(2|10)\\.0x", "mix3-fifo(16|32|100)-10\\.0x")
                .flatMap(MatrixTest::cases);
    }

    static Stream<Case> hung() {
        return cases("fifo(4|100)-exp-.*-0\\.6x-hung");
    }

    @ParameterizedTest
    @MethodSource("harmless")
    void harmless_hasNoFaults(Case played) throws IOException {
        assertThat(Matrix.verdict(played).faults()).as(played.id()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("overloaded")
    void overloaded_losesLittle(Case played) throws IOException {
        CaseVerdict verdict = Matrix.verdict(played);

        assertThat(verdict.ratio()).as(played.id()).isGreaterThan(0.95);
        assertThat(verdict.faults()).as(played.id()).doesNotContain("circuit");
    }

    @ParameterizedTest
    @MethodSource("mixed")
    void mixed_losesLittle(Case played) throws IOException {
        CaseVerdict verdict = Matrix.verdict(played);

        assertThat(verdict.ratio()).as(played.id()).isGreaterThan(0.7);
        assertThat(verdict.faults()).as(played.id()).doesNotContain("circuit");
    }

    @ParameterizedTest
    @MethodSource("hung")
    void hung_losesLittle(Case played) throws IOException {
        assertThat(Matrix.verdict(played).ratio()).as(played.id()).isGreaterThan(0.95);
    }
}
