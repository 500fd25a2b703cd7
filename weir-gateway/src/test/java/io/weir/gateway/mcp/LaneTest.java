package io.weir.gateway.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.gateway.jsonrpc.EnvelopeReader;
import io.weir.gateway.jsonrpc.MalformedMessageException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LaneTest {
    private static Lane laneOf(String members) throws MalformedMessageException {
        byte[] body = ("{\"jsonrpc\":\"2.0\"," + members + "}").getBytes(StandardCharsets.UTF_8);
        return Lane.of(new EnvelopeReader().read(body).messages().get(0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"initialize", "server/discover", "ping"})
    void request_thatMustNotFail_isControl(String method) throws MalformedMessageException {
        assertThat(laneOf("\"id\":1,\"method\":\"" + method + "\"")).isEqualTo(Lane.CONTROL);
        assertThat(laneOf("\"method\":\"" + method + "\"")).isEqualTo(Lane.ORDINARY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"notifications/initialized", "notifications/cancelled"})
    void notification_thatMustNotFail_isControl(String method) throws MalformedMessageException {
        assertThat(laneOf("\"method\":\"" + method + "\"")).isEqualTo(Lane.CONTROL);
        assertThat(laneOf("\"id\":1,\"method\":\"" + method + "\"")).isEqualTo(Lane.ORDINARY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tools/call", "tools/list", "Ping", "initialize ", "subscriptions/listen"})
    void otherMessage_isOrdinary(String method) throws MalformedMessageException {
        assertThat(laneOf("\"id\":1,\"method\":\"" + method + "\"")).isEqualTo(Lane.ORDINARY);
        assertThat(laneOf("\"method\":\"" + method + "\"")).isEqualTo(Lane.ORDINARY);
    }

    @Test
    void response_isControl() throws MalformedMessageException {
        assertThat(laneOf("\"id\":1,\"result\":{}")).isEqualTo(Lane.CONTROL);
        assertThat(laneOf("\"error\":{}")).isEqualTo(Lane.CONTROL);
    }
}
