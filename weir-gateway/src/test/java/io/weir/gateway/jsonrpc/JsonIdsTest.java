package io.weir.gateway.jsonrpc;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonIdsTest {
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "1, 1, true",
                "1, 1.0, true",
                "1, 1e0, true",
                "1, 2, false",
                "1, `\"1\"`, false",
                "`\"a/b\"`, `\"a\\/b\"`, true",
                "`\"\\u00e9\"`, `\"\u00e9\"`, true",
                "`\"a\"`, `\"b\"`, false",
                "null, `\"null\"`, false",
                "`\"\"`, `\"\"`, true",
                "1234567890123456, 1234567890123456.0, true",
            })
    void ids_areTheSame_ifTheySayTheSame(String one, String other, boolean same) {
        assertThat(JsonIds.same(one, other)).isEqualTo(same);
        assertThat(JsonIds.same(other, one)).isEqualTo(same);
        assertThat(JsonIds.key(one).equals(JsonIds.key(other))).isEqualTo(same);
    }
}
