package io.weir.gateway.jsonrpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class JsonRpcErrorTest {
    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Test
    void answer_hasTheIdAsItStood() {
        assertThat(text(new JsonRpcError("\"\\u0041€\"", -32603, "no").toBytes()))
                .isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":\"\\u0041€\",\"error\":{\"code\":-32603,\"message\":\"no\"}}");
    }

    @Test
    void answer_withoutId_hasNull() {
        assertThat(text(JsonRpcError.of(new MalformedMessageException(-32700, "bad"))
                        .toBytes()))
                .isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"bad\"}}");
    }

    @Test
    void data_isWrittenAsItIs() {
        assertThat(text(new JsonRpcError("1", -1, "m", "{\"a\":[1]}").toBytes()))
                .isEqualTo(
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-1,\"message\":\"m\",\"data\":{\"a\":[1]}}}");
    }

    @Test
    void message_ofEveryCharacter_isEscaped() {
        assertThat(text(new JsonRpcError("1", -1, "\"\\\n\r\t\0\u001f\u2028é😀</", null).toBytes()))
                .contains("\"message\":\"\\\"\\\\\\n\\r\\t\\u0000\\u001F\u2028é😀</\"}");
    }

    @Test
    void answers_ofABatch_areAnArray() throws MalformedMessageException {
        byte[] answers =
                JsonRpcError.toBytes(List.of(new JsonRpcError("1", -1, "a"), new JsonRpcError("\"2\"", -2, "b", "{}")));

        assertThat(text(answers))
                .isEqualTo("[{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-1,\"message\":\"a\"}},"
                        + "{\"jsonrpc\":\"2.0\",\"id\":\"2\",\"error\":{\"code\":-2,\"message\":\"b\",\"data\":{}}}]");
        assertThat(new EnvelopeReader().read(answers).messages())
                .extracting(Message::id)
                .containsExactly("1", "\"2\"");
    }
}
