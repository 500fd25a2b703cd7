package io.weir.gateway.jsonrpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The time that a client says it waits. */
class EnvelopeReaderTimeoutTest {
    private static Message read(String params) throws MalformedMessageException {
        String body = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":" + params + "}";
        return new EnvelopeReader()
                .read(body.getBytes(StandardCharsets.UTF_8))
                .messages()
                .get(0);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"_meta":{"io.weir/timeoutMs":1},"name":"t"}                                    | 1
            {"name":"t","_meta":{"progressToken":{"a":[1]},"io.weir/timeoutMs":30000,"b":[]}} | 30000
            {"name":"t","_meta":{"io.weir\\u002ftimeoutMs":5}}                              | 5
            {"name":"t","_meta":{"io.weir/timeoutMs":999999999999999}}                      | 999999999999999
            """)
    void timeout_ofTheMetadata_isRead(String params, long millis) throws MalformedMessageException {
        Message message = read(params);

        assertThat(message.timeoutMillis()).isEqualTo(millis);
        assertThat(message.target()).isEqualTo("t");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"_meta\":{}}",
                "{\"_meta\":5}",
                "{\"_meta\":[{\"io.weir/timeoutMs\":5}]}",
                "{\"io.weir/timeoutMs\":5}",
                "{\"_meta\":{\"a\":{\"io.weir/timeoutMs\":5}}}",
                "{\"arguments\":{\"_meta\":{\"io.weir/timeoutMs\":5}}}",
                "{\"_meta\":{\"io.weir/timeoutMs\":1234567890123456}}"
            })
    void timeout_elsewhereOrBeyondAllTime_isNone(String params) throws MalformedMessageException {
        assertThat(read(params).timeoutMillis()).isEqualTo(Message.NO_TIMEOUT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-5", "-0", "1.5", "1e3", "\"5\"", "null", "true", "{}", "[5]"})
    void timeout_thatIsNoPositiveInteger_isRefused(String value) {
        assertThatThrownBy(() -> read("{\"_meta\":{\"io.weir/timeoutMs\":" + value + "}}"))
                .isInstanceOf(MalformedMessageException.class)
                .hasMessage(
                        "Invalid message: \"io.weir/timeoutMs\" is not a positive integer of milliseconds at byte 85");
    }

    @Test
    void metadata_withANameTwice_isRefused() {
        assertThatThrownBy(() -> read("{\"_meta\":{\"io.weir/timeoutMs\":5,\"io.weir/timeoutMs\":6}}"))
                .hasMessageContaining("an object has the same name twice");
    }
}
