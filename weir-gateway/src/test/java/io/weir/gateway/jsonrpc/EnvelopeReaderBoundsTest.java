package io.weir.gateway.jsonrpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnvelopeReaderBoundsTest {
    private final EnvelopeReader reader = new EnvelopeReader();

    private void assertRead(String body) throws MalformedMessageException {
        assertThat(reader.read(body.getBytes(StandardCharsets.UTF_8)).messages())
                .isNotEmpty();
    }

    private void assertTooMuch(String body, String what) {
        assertThatExceptionOfType(MalformedMessageException.class)
                .isThrownBy(() -> reader.read(body.getBytes(StandardCharsets.UTF_8)))
                .withMessage("Invalid message: " + what)
                .extracting(MalformedMessageException::code)
                .isEqualTo(MalformedMessageException.INVALID_REQUEST);
    }

    private static String withId(String id) {
        return "{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"id\":" + id + "}";
    }

    private static String withParams(String params) {
        return "{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":" + params + "}";
    }

    @Test
    void id_upTo128Bytes_isRead() throws MalformedMessageException {
        assertRead(withId("\"" + "x".repeat(128) + "\""));
        assertRead(withId("9".repeat(128)));
        assertTooMuch(withId("\"" + "x".repeat(129) + "\""), "\"id\" is longer than 128 bytes at byte 35");
        assertTooMuch(withId("\"" + "€".repeat(43) + "\""), "\"id\" is longer than 128 bytes at byte 35");
        assertTooMuch(withId("9".repeat(129)), "\"id\" is longer than 128 bytes at byte 35");
    }

    @Test
    void method_upTo256Bytes_isRead() throws MalformedMessageException {
        assertRead("{\"jsonrpc\":\"2.0\",\"method\":\"" + "x".repeat(256) + "\"}");
        assertTooMuch(
                "{\"jsonrpc\":\"2.0\",\"method\":\"" + "x".repeat(257) + "\"}",
                "\"method\" is longer than 256 bytes at byte 26");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-", "0.", "1e"})
    void number_upTo1000Characters_isRead(String start) throws MalformedMessageException {
        String longest = start + "1".repeat(1000 - start.length());
        assertRead(withParams("[" + longest + "]"));
        assertTooMuch(withParams("[" + longest + "1]"), "a number is longer than 1000 characters at byte 40");
    }

    @Test
    void batch_ofMoreThan1000_isRefused() {
        String most = EnvelopeReaderTest.batchOf(1000);

        assertTooMuch(
                EnvelopeReaderTest.batchOf(1001),
                "a batch has more than 1000 messages, the next at byte " + most.length());
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{\"a\":"})
    void depth_upTo64_isRead(String open) throws MalformedMessageException {
        String close = open.equals("[") ? "]" : "}";
        assertRead(withParams(open.repeat(63) + "1" + close.repeat(63)));
        assertTooMuch(
                withParams(open.repeat(64) + "1" + close.repeat(64)),
                "values are nested deeper than 64 levels at byte " + (39 + 63 * open.length()));
    }

    @Test
    void depth_ofABatch_isCountedFromItsArray() throws MalformedMessageException {
        assertRead("[" + withParams("[".repeat(62) + "]".repeat(62)) + "]");
        assertTooMuch(
                "[" + withParams("[".repeat(63) + "]".repeat(63)) + "]",
                "values are nested deeper than 64 levels at byte " + (40 + 62));
    }

    @Test
    void depth_withoutEnd_isRefusedAtTheBound() {
        assertTooMuch(
                withParams("[".repeat(1_000_000)), "values are nested deeper than 64 levels at byte " + (39 + 63));
    }

    @Test
    void longStrings_areRead() throws MalformedMessageException {
        assertRead(withParams("{\"name\":\"" + "x".repeat(25_000_000) + "\"}"));
        assertRead(withParams("{\"" + "x".repeat(100_000) + "\":1}"));
    }
}
