package io.weir.gateway.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.Reason;
import io.weir.core.Rejection;
import io.weir.core.Scope;
import io.weir.gateway.jsonrpc.JsonRpcError;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RejectionWriterTest {
    private static final long MILLI = 1_000_000;

    private final RejectionWriter writer = new RejectionWriter(-31429);

    @Test
    void error_isTheContract() {
        Rejection rejection = new Rejection(Reason.CONNECTION_MESSAGES, Scope.CONNECTION, 1000, 1000, 119 * MILLI + 1);

        assertThat(new String(writer.error("7", rejection, 1, 300).toBytes(), StandardCharsets.UTF_8))
                .isEqualTo(
                        "{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":-31429,\"message\":\"Overloaded: connection has"
                                + " 1000 of 1000 messages pending; retry in 120 ms\",\"data\":{\"reason\":\"connection_messages\","
                                + "\"scope\":\"connection\",\"current\":1000,\"limit\":1000,\"retryAfterMs\":120}}}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            CONNECTION | CONNECTION_MESSAGES |   10 |    10 |     1 |  5 | Overloaded: connection has 10 of 10 messages pending; retry in 5 ms
            TENANT     | TENANT_MESSAGES     |   10 |    10 |     1 |  0 | Overloaded: tenant has 10 of 10 messages pending; retry later
            GLOBAL     | GLOBAL_MESSAGES     |   10 |    10 |     1 |  5 | Overloaded: gateway has 10 of 10 messages pending; retry in 5 ms
            CONNECTION | CONNECTION_BYTES    |  900 |  1000 |   200 |  5 | Overloaded: connection has 900 of 1000 bytes pending, and this is 200 more; retry in 5 ms
            CONNECTION | RATE                |  500 |   500 |     1 | 12 | Overloaded: connection sends more than 500 messages per second; retry in 12 ms
            TENANT     | TENANT_RATE         |  500 |   500 |     1 | 12 | Overloaded: tenant sends more than 500 messages per second; retry in 12 ms
            CONNECTION | CONTROL             |   64 |    64 |     1 |  0 | Overloaded: connection has 64 of 64 control messages pending; retry later
            CONNECTION | STREAMS             |    4 |     4 |     1 |  0 | Overloaded: session has 4 of 4 streams open (edge.max_streams_per_session); close one first
            ADDRESS    | STREAMS             |    4 |     4 |     1 |  0 | Overloaded: address has 4 of 4 streams open (edge.max_streams_per_address); close one first
            TENANT     | STREAMS             |    4 |     4 |     1 |  0 | Overloaded: tenant has 4 of 4 streams open (edge.max_streams_per_tenant); close one first
            GLOBAL     | STREAMS             |    4 |     4 |     1 |  0 | Overloaded: gateway has 4 of 4 streams open (edge.max_streams); close one first
            TENANT     | PRIORITY            |  900 |  1000 |     1 | 50 | Overloaded: tenant has 900 of 1000 messages pending, and low-priority messages are shed; retry in 50 ms
            UPSTREAM   | WAIT                |  350 |   100 |     1 | 50 | Overloaded: estimated wait 350 ms exceeds the limit of 100 ms; retry in 50 ms
            UPSTREAM   | CIRCUIT_OPEN        |    0 |     0 |     1 | 60 | Unavailable: the upstream is failing and its circuit is open; retry in 60 ms
            UPSTREAM   | EXPIRED             | 3000 |  3000 |     1 |  0 | Expired: waited 3000 ms in the queue and never reached the server; retry later, or allow more time
            CONNECTION | DROPPED_OLDEST      |    7 |     7 |     1 |  0 | Overloaded: a later message of this connection replaced this one in the queue; send fewer at once; retry later
            CONNECTION | RESET               |    7 |     7 |     1 |  0 | Reset: the session ended, or the operator reset the connection, before this reached the server; send it again
            CONNECTION | CANCELLED           |    0 |     0 |     1 |  0 | Cancelled: removed from the queue, never reached the server
            GLOBAL     | CLOSED              |    0 |     0 |     1 |  0 | Shutting down: the gateway accepts no new requests; retry later
            CONNECTION | CONNECTION_BYTES    |    0 | 65536 | 70000 | -1 | Too large: message of 70000 bytes can never fit the connection's limit of 65536 bytes
            TENANT     | TENANT_MESSAGES     |    0 |    50 |    60 | -1 | Too large: batch of 60 messages can never fit the tenant's limit of 50 messages
            TENANT     | TENANT_RATE         |  500 |   500 |  1001 | -1 | Too large: batch of 1001 messages can never fit the tenant's limit of 500 messages per second
            """)
    void message_saysWhichLimitRejectedItAndWhatToDo(
            Scope scope, Reason reason, long current, long limit, int offered, long retry, String message) {
        long unit = reason.unit() == Reason.Unit.NANOSECONDS ? MILLI : 1;
        Rejection rejection =
                new Rejection(reason, scope, current * unit, limit * unit, retry < 0 ? Rejection.NEVER : retry * MILLI);

        assertThat(writer.error("1", rejection, offered, offered).message()).isEqualTo(message);
    }

    @ParameterizedTest
    @CsvSource({"0", "-1"})
    void data_withoutAKnownDelay_hasNone(long retry) {
        JsonRpcError error = writer.error("1", new Rejection(Reason.TENANT_BYTES, Scope.TENANT, 7, 8, retry), 1, 9);

        assertThat(error.data())
                .isEqualTo("{\"reason\":\"tenant_bytes\",\"scope\":\"tenant\",\"current\":7,\"limit\":8}");
    }

    @Test
    void code_isTheConfiguredOne() {
        assertThat(new RejectionWriter(-32023)
                        .error(null, new Rejection(Reason.TENANT_BYTES, Scope.TENANT, 7, 8, 1), 1, 9)
                        .code())
                .isEqualTo(-32023);
    }
}
