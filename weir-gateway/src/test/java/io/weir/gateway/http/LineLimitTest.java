package io.weir.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LineLimitTest {
    @Test
    void allows_withinAWindow_soManyLines() {
        LineLimit limit = new LineLimit(2, 0);

        assertThat(limit.allows(1)).isTrue();
        assertThat(limit.allows(2)).isTrue();
        assertThat(limit.allows(3)).isFalse();
        assertThat(limit.allows(LineLimit.WINDOW_NANOS - 1)).isFalse();
        assertThat(limit.allows(LineLimit.WINDOW_NANOS)).isTrue();
    }

    @Test
    void takeLeftOut_afterTheWindow_tellsEachLineOnce() {
        LineLimit limit = new LineLimit(1, 0);
        limit.allows(1);
        limit.allows(2);
        limit.allows(3);

        assertThat(limit.takeLeftOut(4)).isZero();
        assertThat(limit.takeLeftOut(LineLimit.WINDOW_NANOS)).isEqualTo(2);
        assertThat(limit.takeLeftOut(LineLimit.WINDOW_NANOS)).isZero();
    }
}
