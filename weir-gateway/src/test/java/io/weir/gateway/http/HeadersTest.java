package io.weir.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.MultiMap;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HeadersTest {
    @Test
    void endHop_removesWhatConnectionNames_butNothingThatIsReliedOn() {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap()
                .add("Connection", "x-tenant, Authorization, X-Hop")
                .add("X-Tenant", "acme")
                .add("Authorization", "Bearer k")
                .add("X-Hop", "1");

        Headers.endHop(headers, Optional.of("X-Tenant"));

        assertThat(headers.names()).containsExactlyInAnyOrder("X-Tenant", "Authorization");
    }

    private static long timeout(String value) {
        return Headers.timeoutNanos(MultiMap.caseInsensitiveMultiMap().add("x-request-timeout-MS", value));
    }

    @ParameterizedTest
    @CsvSource({"1", "30000", "007", "999999999999"})
    void timeout_thatIsAPositiveNumber_isRead(String value) {
        assertThat(timeout(value)).isEqualTo(TimeUnit.MILLISECONDS.toNanos(Long.parseLong(value)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "-5", "1.5", "5s", " 5", "9999999999999", "+5"})
    void timeout_thatIsNone_isTheLongest(String value) {
        assertThat(timeout(value)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void timeout_thatIsAbsent_isTheLongest() {
        assertThat(Headers.timeoutNanos(MultiMap.caseInsensitiveMultiMap())).isEqualTo(Long.MAX_VALUE);
    }
}
