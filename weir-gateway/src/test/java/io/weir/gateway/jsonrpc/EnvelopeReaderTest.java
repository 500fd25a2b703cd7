package io.weir.gateway.jsonrpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import io.weir.gateway.jsonrpc.Message.Kind;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnvelopeReaderTest {
    private final EnvelopeReader reader = new EnvelopeReader();

    private Envelope read(String body) throws MalformedMessageException {
        return reader.read(body.getBytes(StandardCharsets.UTF_8));
    }

    private Message one(String body) throws MalformedMessageException {
        Envelope envelope = read(body);
        assertThat(envelope.batch()).isFalse();
        return envelope.messages().get(0);
    }

    @Test
    void request_isReadWithIdMethodAndTarget() throws MalformedMessageException {
        String body = """
                {"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"arguments":{"name":"x","a":[1,{}]},"name":"echo"}}""";

        assertThat(one(body))
                .isEqualTo(new Message(
                        Kind.REQUEST, "tools/call", "7", "echo", null, Message.NO_TIMEOUT, null, 0, body.length()));
    }

    @Test
    void members_inAnyOrder_areRead() throws MalformedMessageException {
        Message message = one(
                "{\"params\":{\"uri\":\"u\",\"name\":\"n\"},\"method\":\"resources/read\",\"id\":\"a\",\"jsonrpc\":\"2.0\"}");

        assertThat(message.target()).isEqualTo("u");
        assertThat(message.id()).isEqualTo("\"a\"");
    }

    @Test
    void target_ofOtherMethods_isTheNameAndNeverTheUri() throws MalformedMessageException {
        assertThat(
                        one("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"uri\":\"u\",\"name\":\"n\"}}")
                                .target())
                .isEqualTo("n");
        assertThat(one("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"uri\":\"u\"}}")
                        .target())
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "5", "{}", "[]", "true"})
    void target_thatIsNoString_isNone(String name) throws MalformedMessageException {
        assertThat(one("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":" + name + "}}")
                        .target())
                .isNull();
    }

    @Test
    void target_atItsLongest_isReadAndBeyondIsNone() throws MalformedMessageException {
        String longest = "x".repeat(EnvelopeReader.MAX_TARGET_LENGTH);
        String form = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"%s\"}}";

        assertThat(one(form.formatted(longest)).target()).isEqualTo(longest);
        assertThat(one(form.formatted(longest + "x")).target()).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "-1",
                "9007199254740993",
                "123456789012345678901234567890",
                "\"a\"",
                "\"\"",
                "\"\\u0041\\n\"",
                "\"ü€😀\""
            })
    void id_isKeptAsItStands(String id) throws MalformedMessageException {
        assertThat(one("{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"id\": " + id + " }")
                        .id())
                .isEqualTo(id);
    }

    @Test
    void notification_hasNoId() throws MalformedMessageException {
        assertThat(one("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}"))
                .isEqualTo(new Message(
                        Kind.NOTIFICATION,
                        "notifications/initialized",
                        null,
                        null,
                        null,
                        Message.NO_TIMEOUT,
                        null,
                        0,
                        54));
    }

    @ParameterizedTest
    @ValueSource(strings = {"12", "\"ab\""})
    void cancellation_saysWhatItCancels(String id) throws MalformedMessageException {
        Message message = one("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":"
                + id + ",\"reason\":\"r\"}}");

        assertThat(message.cancels()).isEqualTo(id);
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "1.5", "{}", "[1]", "true"})
    void cancellation_ofNoId_cancelsNothing(String id) throws MalformedMessageException {
        assertThat(one("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":" + id
                                + "}}")
                        .cancels())
                .isNull();
    }

    @Test
    void requestId_ofOtherMethods_cancelsNothing() throws MalformedMessageException {
        assertThat(one("{\"jsonrpc\":\"2.0\",\"method\":\"other\",\"params\":{\"requestId\":1}}")
                        .cancels())
                .isNull();
    }

    @Test
    void response_ofEitherKind_isRead() throws MalformedMessageException {
        assertThat(one("{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":null}").kind()).isEqualTo(Kind.RESPONSE);
        assertThat(one("{\"jsonrpc\":\"2.0\",\"id\":3,\"error\":{\"code\":1,\"message\":\"\"}}")
                        .id())
                .isEqualTo("3");
    }

    @Test
    void errorResponse_withNullOrWithoutId_isRead() throws MalformedMessageException {
        assertThat(one("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{}}").id()).isEqualTo("null");
        assertThat(one("{\"jsonrpc\":\"2.0\",\"error\":{}}").id()).isNull();
    }

    @Test
    void whitespaceAround_isNotPartOfTheMessage() throws MalformedMessageException {
        Message message = one(" \r\n\t{\"jsonrpc\":\"2.0\",\"method\":\"m\"} \n");

        assertThat(message.start()).isEqualTo(4);
        assertThat(message.end()).isEqualTo(4 + 30);
    }

    @Test
    void escapedMemberNames_areResolved() throws MalformedMessageException {
        assertThat(one("{\"jsonrpc\":\"2.0\",\"\\u006dethod\":\"m\",\"i\\u0064\":1}")
                        .kind())
                .isEqualTo(Kind.REQUEST);
    }

    @Test
    void members_thatJsonRpcDoesNotKnow_areLeftAlone() throws MalformedMessageException {
        assertThat(one("{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"_meta\":{\"ID\":1,\"id\":2},\"trace\":\"t\"}")
                        .kind())
                .isEqualTo(Kind.NOTIFICATION);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "[]", "[1]", "null"})
    void params_ofEveryStructure_areRead(String params) throws MalformedMessageException {
        assertThat(one("{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":" + params + "}")
                        .method())
                .isEqualTo("m");
    }

    @Test
    void batch_isReadWithTheOffsetsOfItsMessages() throws MalformedMessageException {
        String first = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ä\"}";
        String second = "{\"jsonrpc\":\"2.0\",\"method\":\"b\"}";
        String third = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}";
        byte[] body = (" [ " + first + " ,\n" + second + "," + third + " ] ").getBytes(StandardCharsets.UTF_8);

        Envelope envelope = reader.read(body);

        assertThat(envelope.batch()).isTrue();
        assertThat(envelope.messages())
                .extracting(m -> new String(body, m.start(), m.end() - m.start(), StandardCharsets.UTF_8))
                .containsExactly(first, second, third);
        assertThat(envelope.messages())
                .extracting(Message::kind)
                .containsExactly(Kind.REQUEST, Kind.NOTIFICATION, Kind.RESPONSE);
        assertThat(envelope.messages()).extracting(Message::id).containsExactly("1", null, "1");
    }

    @Test
    void messages_ofABatch_knowNothingOfEachOther() throws MalformedMessageException {
        List<Message> messages = read("""
                [{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"n","uri":"u","requestId":1}},
                {"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"requestId":1}},
                {"jsonrpc":"2.0","method":"notifications/cancelled","params":{"name":"n"}},
                {"jsonrpc":"2.0","id":1,"result":1},{"jsonrpc":"2.0","error":{}},{"jsonrpc":"2.0","id":1,"method":"m"}]
                """).messages();

        assertThat(messages).extracting(Message::target).containsExactly("n", null, "n", null, null, null);
        assertThat(messages).extracting(Message::cancels).containsOnlyNulls();
        assertThat(messages)
                .extracting(Message::kind)
                .containsExactly(
                        Kind.REQUEST, Kind.REQUEST, Kind.NOTIFICATION, Kind.RESPONSE, Kind.RESPONSE, Kind.REQUEST);
    }

    @Test
    void batch_ofOne_isStillABatch() throws MalformedMessageException {
        assertThat(read("[{\"jsonrpc\":\"2.0\",\"method\":\"m\"}]").batch()).isTrue();
    }

    @Test
    void batch_atItsLargest_isRead() throws MalformedMessageException {
        assertThat(read(batchOf(EnvelopeReader.MAX_BATCH)).messages()).hasSize(EnvelopeReader.MAX_BATCH);
    }

    static String batchOf(int size) {
        return IntStream.range(0, size)
                .mapToObj(i -> "{\"jsonrpc\":\"2.0\",\"id\":" + i + ",\"method\":\"m\"}")
                .collect(Collectors.joining(",", "[", "]"));
    }

    @Test
    void manyNames_inManyObjects_areRead() throws MalformedMessageException {
        String some = IntStream.range(0, 20).mapToObj(i -> "\"n" + i + "\":0").collect(Collectors.joining(","));
        String names = IntStream.range(0, 1000)
                .mapToObj(i -> "\"n" + i + "\":{" + some + "}")
                .collect(Collectors.joining(","));

        assertThat(one("{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":{" + names + "}}")
                        .method())
                .isEqualTo("m");
    }

    @Test
    void sameName_inDifferentObjects_isRead() throws MalformedMessageException {
        assertThat(
                        one("{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":{\"a\":{\"a\":{\"a\":1},\"b\":[{\"a\":1},{\"a\":2}]}}}")
                                .method())
                .isEqualTo("m");
    }

    @Test
    void longNames_doNotStayInMemory() throws MalformedMessageException {
        JsonFactory before = reader.factory;

        one("{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":{\"" + "x".repeat(64) + "\":0}}");
        assertThat(reader.factory).isSameAs(before);

        one("{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":{\"" + "x".repeat(65) + "\":0}}");
        assertThat(reader.factory).isNotSameAs(before);
    }
}
