package io.weir.gateway.stdio;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.jsonrpc.MessageParts;
import io.weir.gateway.line.Line;
import io.weir.gateway.line.LineServerException;
import io.weir.gateway.session.Client;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ConversationTest {
    private static final int MAX_QUEUED = 80;

    private final FakeLineServer[] made = new FakeLineServer[1];
    private final Conversation conversation =
            new Conversation("u", listener -> made[0] = new FakeLineServer(listener, MAX_QUEUED), false, 0, () -> {});
    private final List<String> told = new ArrayList<>();
    private final Recipient nobody = new Recipient() {
        @Override
        public void message(byte[] message, boolean last) {}

        @Override
        public void failed(LineServerException why) {}
    };

    private static MessageParts parts(String text) throws Exception {
        return MessageParts.of(text.getBytes(StandardCharsets.UTF_8));
    }

    private Conversation.@Nullable Call call(String id, @Nullable StdioSession session, String name) throws Exception {
        String text = "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"tools/call\"}";
        return conversation.call(parts(text), session, nobody, () -> {}, () -> told.add(name), 0);
    }

    private @Nullable String read() {
        Line line = made[0].read();
        return line == null ? null : new String(line.take(), StandardCharsets.UTF_8);
    }

    @Test
    void newRequest_waitsBehindThoseThatWait_untilTheServerHasReadAll() throws Exception {
        assertThat(call("1", null, "first")).isNotNull();
        assertThat(call("2", null, "second")).isNotNull();
        assertThat(call("3", null, "third")).isNull();
        assertThat(read()).isNotNull();
        assertThat(made[0].queuedBytes()).isBetween(1L, MAX_QUEUED - 1L);

        assertThat(call("4", null, "fourth")).isNull();
        assertThat(read()).isNotNull();
        conversation.drained();

        assertThat(told).containsExactly("third", "fourth");
        assertThat(call("3", null, "third")).isNotNull();
    }

    @Test
    void stopIfIdle_betweenTheReservationAndTheRequest_stopsNothing() throws Exception {
        assertThat(conversation.reserve(0)).isTrue();

        conversation.stopIfIdle(100, 10);
        assertThat(conversation.stopIfQuiet()).isFalse();
        assertThat(made[0].isStopped()).isFalse();
        assertThat(call("1", null, "first")).isNotNull();
        conversation.release();
        assertThat(conversation.stopIfQuiet()).isFalse();
    }

    @Test
    void reserve_ofWhatIsBeingStopped_isRefused() {
        conversation.stopIfIdle(10, 10);
        assertThat(made[0].isStopped()).isFalse();

        conversation.stopIfIdle(11, 10);

        assertThat(made[0].isStopped()).isTrue();
        assertThat(conversation.reserve(11)).isFalse();
    }

    @Test
    void cancel_withAnIdThatIsWrittenInAnotherWay_reachesTheServer() throws Exception {
        StdioSession session = new StdioSession("s", Client.NOBODY, new MemoryBudget(1_000_000), 0);
        assertThat(call("\"a\\/b\"", session, "first")).isNotNull();
        assertThat(read()).contains("\"id\":1");

        conversation.cancel(
                parts(
                        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":\"a/b\"}}"),
                session);

        assertThat(read()).contains("\"requestId\":1");
    }
}
