package io.weir.bench.retry;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.ConfigException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RetryHintsTest {
    static Stream<RetryCase> cases() {
        return RetryCase.all().stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void whoComesBackAloneAsTold_isAdmitted(RetryCase played) throws ConfigException {
        RetryHints.Share share = RetryHints.shares(played, 1, 20);

        assertThat(share.triedAlone()).isGreaterThan(10);
        assertThat(share.admittedAlone())
                .as("%s, of %d", played, share.triedAlone())
                .isGreaterThanOrEqualTo(share.triedAlone() * 9 / 10);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void whereTheLoadHasPassed_allThatObeyAreAdmitted(RetryCase played) throws ConfigException {
        RetryHints.Share share = RetryHints.shares(played, 1, 0);

        if (!played.title().equals("wait") && !played.title().endsWith("still down")) {
            assertThat(share.admitted())
                    .as("%s, of %d", played, share.returned())
                    .isGreaterThanOrEqualTo(share.returned() * 85 / 100);
        }
    }
}
