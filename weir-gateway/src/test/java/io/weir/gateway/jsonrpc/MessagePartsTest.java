package io.weir.gateway.jsonrpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessagePartsTest {
    private static MessageParts parts(String message) throws IOException {
        return MessageParts.of(message.getBytes(StandardCharsets.UTF_8));
    }

    private static String line(MessageParts parts) {
        return new String(parts.toLine(), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource(delimiterString = " => ", quoteCharacter = '`', textBlock = """
            {"jsonrpc":"2.0","id":1,"method":"a"} => {"jsonrpc":"2.0","id":77,"method":"a"}
            {"id" : "é\\u0041" ,"method":"a"} => {"id" : 77 ,"method":"a"}
            {"method":"a","params":{"id":5,"x":{"id":6}},"id":-3} => {"method":"a","params":{"id":5,"x":{"id":6}},"id":77}
            {"id":123456789012345678901234567890,"result":{}} => {"id":77,"result":{}}
            {"result":{"id":1}} => {"result":{"id":1}}
            """)
    void withId_changesTheMessagesIdAlone(String message, String expected) throws IOException {
        assertThat(line(parts(message).withId("77"))).isEqualTo(expected);
    }

    @Test
    void edits_inAnyOrder_leaveAllOtherBytesAsTheyAre() throws IOException {
        MessageParts parts = parts(
                "{\"params\": {\"_meta\":{\"a\":[1],\"progressToken\":\"p\"},\"z\":1e5}, \"method\":\"m\", \"id\":\"☃\"}");

        assertThat(parts.metaProgressToken()).isEqualTo("\"p\"");
        assertThat(line(parts.withId("1").withMetaProgressToken("2")))
                .isEqualTo(
                        "{\"params\": {\"_meta\":{\"a\":[1],\"progressToken\":2},\"z\":1e5}, \"method\":\"m\", \"id\":1}");
    }

    @Test
    void toLine_hasNoLineEndsBetweenItsParts() throws IOException {
        assertThat(line(parts("{\r\n \"id\":1,\n\"method\":\"a\\nb\"}")))
                .isEqualTo("{   \"id\":1, \"method\":\"a\\nb\"}");
    }

    @Test
    void parts_ofNotificationsAndResponses_areFound() throws IOException {
        assertThat(parts("{\"method\":\"notifications/progress\",\"params\":{\"progressToken\":9}}")
                        .progressToken())
                .isEqualTo("9");
        assertThat(parts("{\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":\"x\"}}")
                        .requestId())
                .isEqualTo("\"x\"");
        assertThat(parts("{\"method\":\"resources/subscribe\",\"params\":{\"uri\":\"file:///a\\\"b\"}}")
                        .uri())
                .isEqualTo("file:///a\"b");
        assertThat(parts("{\"id\":null,\"error\":{\"code\":1}}").id()).isNull();
        assertThat(parts("{\"id\":1,\"error\":{\"code\":1}}").hasError()).isTrue();
        assertThat(parts("{\"id\":1,\"result\":[1, 2]}").result()).isEqualTo("[1, 2]");
    }

    @ParameterizedTest
    @CsvSource(delimiterString = " => ", quoteCharacter = '`', textBlock = """
            {"result":{}} => {"result":{"a":1}}
            {"result":{ }} => {"result":{"a":1 }}
            {"result":{"b":2}} => {"result":{"a":1,"b":2}}
            {"result":[1]} => {"result":[1]}
            {"error":{}} => {"error":{}}
            """)
    void withMembersInResult_addsThemToAnObject(String message, String expected) throws IOException {
        assertThat(line(parts(message).withMembersInResult("\"a\":1"))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "[]", "{", "{\"a\":1}{", "{\"a\":1} x", "hello", "{\"id\":1,}"})
    void of_whatIsNoObject_isAnError(String text) {
        assertThatThrownBy(() -> parts(text)).isInstanceOf(IOException.class);
    }

    @Test
    void of_manyLongNames_keepsNoneForTheNextMessage() throws IOException {
        for (int i = 0; i < 10_000; i++) {
            assertThat(parts("{\"id\":1,\"" + "n".repeat(200) + i + "\":1}").id())
                    .isEqualTo("1");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiterString = " => ", quoteCharacter = '`', nullValues = "none", textBlock = """
            {"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"m","data":[1]}} => {"code":-32601,"message":"m","data":[1]}
            {"error":{"message":"m","code":1},"jsonrpc":"2.0"} => {"message":"m","code":1}
            {"error":{"code":404,"message":"Not found"}} => none
            {"jsonrpc":"2.0","error":"invalid_token"} => none
            {"jsonrpc":"2.0","error":{"message":"m","x":{"code":1}}} => none
            {"jsonrpc":"2.0","error":{"code":"1"}} => none
            {"jsonrpc":{},"error":{"code":1}} => none
            {"jsonrpc":"2.0","method":"m","error":{"code":1}} => none
            {"jsonrpc":"2.0","result":{}} => none
            """)
    void responseError_isThatOfAJsonRpcErrorAlone(String message, String expected) throws IOException {
        assertThat(parts(message).responseError()).isEqualTo(expected);
    }
}
