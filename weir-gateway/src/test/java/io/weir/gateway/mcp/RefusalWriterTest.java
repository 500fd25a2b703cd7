package io.weir.gateway.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.gateway.jsonrpc.JsonRpcError;
import io.weir.gateway.mcp.Refusal.LimitOf;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RefusalWriterTest {
    private final RefusalWriter writer = new RefusalWriter(-31429);

    @Test
    void answer_isTheContract() {
        Refusal refusal = new Refusal("connection_messages", "connection", LimitOf.MESSAGES, 1000, 1000, 1, 120);

        assertThat(new String(writer.answer("7", refusal).toBytes(), StandardCharsets.UTF_8))
                .isEqualTo(
                        "{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":-31429,\"message\":\"Overloaded: connection has"
                                + " 1000 of 1000 messages pending; retry in 120 ms\",\"data\":{\"reason\":\"connection_messages\","
                                + "\"scope\":\"connection\",\"current\":1000,\"limit\":1000,\"retryAfterMs\":120}}}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            connection | MESSAGES |   10 |    10 |     1 | 5  | Overloaded: connection has 10 of 10 messages pending; retry in 5 ms
            tenant     | MESSAGES |   10 |    10 |     1 | 0  | Overloaded: tenant has 10 of 10 messages pending; retry later
            global     | MESSAGES |   10 |    10 |     1 | 5  | Overloaded: gateway has 10 of 10 messages pending; retry in 5 ms
            connection | BYTES    |  900 |  1000 |   200 | 5  | Overloaded: connection has 900 of 1000 bytes pending, and this is 200 more; retry in 5 ms
            connection | RATE     |  500 |   500 |     1 | 12 | Overloaded: connection sends more than 500 messages per second; retry in 12 ms
            tenant     | RATE     |  500 |   500 |     1 | 12 | Overloaded: tenant sends more than 500 messages per second; retry in 12 ms
            connection | CONTROL  |   64 |    64 |     1 | 0  | Overloaded: connection has 64 of 64 control messages pending; retry later
            connection | STREAMS  |    4 |     4 |     1 | 0  | Overloaded: connection has 4 of 4 streams open; close one first
            tenant     | PRIORITY |  900 |  1000 |     1 | 50 | Overloaded: tenant has 900 of 1000 messages pending, and low-priority messages are shed; retry in 50 ms
            upstream   | WAIT     |  350 |   100 |     1 | 50 | Overloaded: estimated wait 350 ms exceeds the limit of 100 ms; retry in 50 ms
            upstream   | CIRCUIT  |    0 |     0 |     1 | 60 | Unavailable: the upstream is failing and its circuit is open; retry in 60 ms
            upstream   | AGE      | 3000 |  3000 |     1 | 0  | Expired: waited 3000 ms in the queue and never reached the server; retry later, or allow more time
            connection | PLACE    |    7 |     7 |     1 | 0  | Overloaded: a later message of this connection replaced this one in the queue; send fewer at once; retry later
            connection | RESET    |    7 |     7 |     1 | 0  | Reset: the session ended before this reached the server; send it again in a new session
            connection | CANCELLED |   0 |     0 |     1 | 0  | Cancelled: removed from the queue, never reached the server
            global     | SHUTDOWN |    0 |     0 |     1 | 0  | Shutting down: the gateway accepts no new requests; retry later
            connection | BYTES    |    0 | 65536 | 70000 | -1 | Too large: message of 70000 bytes can never fit the connection's limit of 65536 bytes
            tenant     | MESSAGES |    0 |    50 |    60 | -1 | Too large: batch of 60 messages can never fit the tenant's limit of 50 messages
            global     | RATE     |  500 |   500 |  1001 | -1 | Too large: batch of 1001 messages can never fit the gateway's limit of 500 messages per second
            """)
    void message_saysWhatSpokeAndWhatToDo(
            String scope, LimitOf limitOf, long current, long limit, long offered, long retry, String message) {
        assertThat(writer.answer("1", new Refusal("r", scope, limitOf, current, limit, offered, retry))
                        .message())
                .isEqualTo(message);
    }

    @ParameterizedTest
    @CsvSource({"0", "-1"})
    void data_withoutAKnownDelay_hasNone(long retry) {
        JsonRpcError answer = writer.answer("1", new Refusal("tenant_bytes", "tenant", LimitOf.BYTES, 7, 8, 9, retry));

        assertThat(answer.data())
                .isEqualTo("{\"reason\":\"tenant_bytes\",\"scope\":\"tenant\",\"current\":7,\"limit\":8}");
    }

    @Test
    void code_isTheConfiguredOne() {
        assertThat(new RefusalWriter(-32023)
                        .answer(null, new Refusal("r", "tenant", LimitOf.BYTES, 7, 8, 9, 1))
                        .code())
                .isEqualTo(-32023);
    }
}
