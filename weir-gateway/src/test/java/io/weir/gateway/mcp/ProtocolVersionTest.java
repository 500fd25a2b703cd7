package io.weir.gateway.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProtocolVersionTest {
    @Test
    void absentHeader_means20250326() {
        assertThat(ProtocolVersion.ofHeader(null).text()).isEqualTo("2025-03-26");
    }

    @ParameterizedTest
    @ValueSource(strings = {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-27"})
    void versionBefore20260728_hasSessions(String text) {
        assertThat(ProtocolVersion.ofHeader(text).isStateless()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"2026-07-28", "2026-08-01", "2027-01-01", "9999-12-31"})
    void versionFrom20260728On_isStateless(String text) {
        assertThat(ProtocolVersion.ofHeader(text).isStateless()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "draft", "zzzz-zz-zz", "2026-07-28 ", "2026-07-28-rc", "3000", "２０２７-01-01"})
    void versionThatIsNoDate_hasSessions(String text) {
        assertThat(ProtocolVersion.ofHeader(text).isStateless()).isFalse();
    }

    @Test
    void batches_existInOneVersion() {
        assertThat(ProtocolVersion.ofHeader(null).allowsBatches()).isTrue();
        assertThat(ProtocolVersion.ofHeader("2025-03-26").allowsBatches()).isTrue();
        assertThat(ProtocolVersion.ofHeader("2024-11-05").allowsBatches()).isFalse();
        assertThat(ProtocolVersion.ofHeader("2025-06-18").allowsBatches()).isFalse();
        assertThat(ProtocolVersion.ofHeader("2026-07-28").allowsBatches()).isFalse();
    }
}
