package io.weir.gateway.lineupstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.config.MemoryPlan;
import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.line.Line;
import io.weir.gateway.line.LineServerException;
import io.weir.gateway.session.Client;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ConversationTest {
    private static final int MAX_QUEUED = 80;
    private static final int LONG = 100_000;
    private static final long SECOND = 1_000_000_000L;
    private static final long ROOM = LONG + 2L * MemoryPlan.LINE_REST;

    private final FakeLineServer[] made = new FakeLineServer[1];
    private final MemoryBudget memory = new MemoryBudget(ROOM);
    private final Conversation conversation = new Conversation(
            "u", listener -> made[0] = new FakeLineServer(listener, MAX_QUEUED), memory, false, 0, () -> {});
    private final List<String> told = new ArrayList<>();
    private final Recipient nobody = new Recipient() {
        @Override
        public void message(byte[] message, boolean last) {}

        @Override
        public void failed(LineServerException why) {}
    };

    private Conversation.@Nullable Call call(String id, @Nullable LineSession session, String name) throws Exception {
        String text = "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"tools/call\"}";
        return conversation.call(ClientMessage.of(text), session, nobody, Line.Sender.NOBODY, () -> told.add(name), 0);
    }

    private @Nullable String read() {
        return made[0].read();
    }

    /** A call that is longer than what is copied of one that nobody waits for any more. */
    private Conversation.Call longCall() throws Exception {
        String text = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"a\":\"" + "x".repeat(LONG)
                + "\"}}";
        return Objects.requireNonNull(
                conversation.call(ClientMessage.of(text), null, nobody, Line.Sender.NOBODY, () -> {}, 0));
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
        conversation.endReservation();
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
        LineSession session = new LineSession("s", Client.NOBODY, new MemoryBudget(1_000_000), 0);
        assertThat(call("\"a\\/b\"", session, "first")).isNotNull();
        assertThat(read()).contains("\"id\":1");

        ClientMessage cancels = ClientMessage.of(
                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":\"a/b\"}}");
        assertThat(conversation.cancel(cancels.parts(), session)).isTrue();
        assertThat(conversation.signal(cancels.toLine(Line.Sender.NOBODY), () -> {}))
                .isTrue();

        assertThat(read()).contains("\"requestId\":1");
    }

    @Test
    void abandon_longRequestThatTheServerIsTaking_isCountedUntilItIsWritten() throws Exception {
        Conversation.Call call = longCall();
        Line taken = Objects.requireNonNull(made[0].take());

        conversation.abandon(call, null);

        assertThat(memory.taken()).isGreaterThanOrEqualTo(LONG);
        taken.end(true);
        assertThat(memory.taken()).isZero();
    }

    @Test
    void response_beforeTheLongRequestIsReadToItsEnd_leavesItCounted() throws Exception {
        longCall();
        Line taken = Objects.requireNonNull(made[0].take());

        conversation.line("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}".getBytes(StandardCharsets.UTF_8));

        assertThat(memory.taken()).isGreaterThanOrEqualTo(LONG);
        taken.end(false);
        assertThat(memory.taken()).isZero();
    }

    @Test
    void abandon_longRequestThatWaits_isTakenBackAndNotCounted() throws Exception {
        conversation.abandon(longCall(), null);

        assertThat(memory.taken()).isZero();
        assertThat(read()).isNull();
        assertThat(made[0].killedFor()).isNull();
    }

    @Test
    void abandon_moreLongRequestsThanThereIsMemoryFor_killsTheServerThatReadsNone() throws Exception {
        assertThat(memory.take(ROOM)).isTrue();
        Conversation.Call call = longCall();
        assertThat(made[0].take()).isNotNull();

        conversation.abandon(call, null);

        assertThat(made[0].killedFor()).hasMessageContaining("the budget of long lines");
        assertThat(memory.taken()).isEqualTo(ROOM);
    }

    private static byte[] answer(long id) {
        return ("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":{}}").getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void abandon_callThatIsAnsweredAllTheSame_saysOnceThatTheWorkHasEnded() throws Exception {
        Conversation.Call call = Objects.requireNonNull(call("7", null, "first"));
        assertThat(read()).contains("\"id\":1");
        conversation.abandon(call, () -> told.add("ended"));
        assertThat(told).as("it may go on").isEmpty();

        conversation.line(answer(1));
        conversation.line(answer(1));

        assertThat(told).containsExactly("ended");
    }

    @Test
    void abandon_callThatWasAnswered_saysAtOnceThatTheWorkHasEnded() throws Exception {
        Conversation.Call call = Objects.requireNonNull(call("7", null, "first"));
        assertThat(read()).isNotNull();
        conversation.line(answer(1));

        conversation.abandon(call, () -> told.add("ended"));

        assertThat(told).containsExactly("ended");
    }

    @Test
    void abandon_callThatTheServerNeverGets_saysThatItIsNotAtWork() throws Exception {
        Conversation.Call call = Objects.requireNonNull(call("7", null, "first"));

        conversation.abandon(call, () -> told.add("ended"));

        assertThat(told).containsExactly("ended");
        assertThat(read()).isNull();
    }

    @Test
    void failed_withCallsThatWereAbandoned_saysThatTheWorkHasEnded() throws Exception {
        Conversation.Call call = Objects.requireNonNull(call("7", null, "first"));
        assertThat(read()).isNotNull();
        conversation.abandon(call, () -> told.add("ended"));

        conversation.failed(new LineServerException(LineServerException.Problem.EXITED, "with status 0"));

        assertThat(told).containsExactly("ended");
    }

    /** A call that the server has read, as all that came before it. */
    private Conversation.Call taken(String id) throws Exception {
        readAll();
        Conversation.Call call = Objects.requireNonNull(call(id, null, "not told"));
        readAll();
        return call;
    }

    private void readAll() {
        String line = read();
        while (line != null) {
            line = read();
        }
    }

    @Test
    void abandon_moreCallsThanAreKnown_forgetsTheFirst() throws Exception {
        int more = MemoryPlan.ABANDONED_CALLS + 1;
        for (int i = 1; i <= more; i++) {
            String name = "ended " + i;
            conversation.abandon(taken("7"), () -> told.add(name));
            // Those that nobody waits for take no place.
            conversation.abandon(taken("8"), null);
        }

        for (int i = 1; i <= more; i++) {
            conversation.line(answer(2L * i - 1));
        }

        assertThat(told)
                .hasSize(MemoryPlan.ABANDONED_CALLS)
                .startsWith("ended 2")
                .endsWith("ended " + more);
    }

    @Test
    void pingWithALongId_isNotAnswered() {
        conversation.line(("{\"jsonrpc\":\"2.0\",\"id\":\"" + "i".repeat(2_000) + "\",\"method\":\"ping\"}")
                .getBytes(StandardCharsets.UTF_8));
        assertThat(read()).isNull();

        conversation.line("{\"jsonrpc\":\"2.0\",\"id\":\"p\",\"method\":\"ping\"}".getBytes(StandardCharsets.UTF_8));
        assertThat(read()).contains("\"id\":\"p\"");
    }

    @Test
    void signal_toAServerThatDoesNotRead_waitsUntilItHasRead() throws Exception {
        Line notification = Line.of(new byte[2 * MAX_QUEUED]);
        assertThat(conversation.signal(notification, () -> told.add("first"))).isTrue();

        assertThat(conversation.signal(Line.of(new byte[1]), () -> told.add("second")))
                .isFalse();
        assertThat(read()).isNotNull();
        conversation.drained();

        assertThat(told).containsExactly("second");
        conversation.failed(new LineServerException(LineServerException.Problem.EXITED, "with status 0"));
        assertThatThrownBy(() -> conversation.signal(Line.of(new byte[1]), () -> {}))
                .hasMessageContaining("status 0");
    }

    @Test
    void disown_notificationThatWaits_reachesTheServer_ifThereIsMemoryForIt() throws Exception {
        Line brief = Line.of("{\"brief\":1}".getBytes(StandardCharsets.UTF_8));
        Line late = Line.of(("{\"long\":\"" + "x".repeat(LONG) + "\"}").getBytes(StandardCharsets.UTF_8));
        assertThat(conversation.signal(brief, () -> {})).isTrue();
        assertThat(conversation.signal(late, () -> {})).isTrue();
        assertThat(memory.take(ROOM)).isTrue();

        conversation.disown(brief);
        conversation.disown(late);

        assertThat(read()).isEqualTo("{\"brief\":1}");
        assertThat(read()).as("there is no memory for the long one").isNull();
        assertThat(made[0].killedFor()).isNull();
    }

    @Test
    void disown_theLastNotificationThatWaits_letsOthersGoOn() throws Exception {
        Line late = Line.of(("{\"long\":\"" + "x".repeat(LONG) + "\"}").getBytes(StandardCharsets.UTF_8));
        assertThat(conversation.signal(late, () -> {})).isTrue();
        assertThat(call("1", null, "first")).as("the queue is full").isNull();
        assertThat(memory.take(ROOM)).isTrue();

        conversation.disown(late);

        assertThat(told).containsExactly("first");
    }

    @Test
    void longRequestThatIsAnsweredAndTakenBackBeforeItIsRead_leavesNothingCounted() throws Exception {
        Conversation.Call call = longCall();
        conversation.line("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}".getBytes(StandardCharsets.UTF_8));
        assertThat(memory.taken()).isPositive();

        conversation.abandon(call, null);

        assertThat(memory.taken()).isZero();
    }

    /** Checks for hanging every half second until that time, in seconds. */
    private boolean hasHung(int from, int to) {
        boolean hung = false;
        for (long now = from * SECOND; now <= to * SECOND; now += SECOND / 2) {
            hung |= conversation.hasHung(now, 10 * SECOND, 5 * SECOND);
        }
        return hung;
    }

    @Test
    void hasHung_serverThatWasGivenUpByItsClients_isProbedAsWell() throws Exception {
        made[0].write("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}", 0);
        Conversation.Call call = taken("7");
        conversation.abandon(call, null);
        assertThat(read()).contains("notifications/cancelled");

        assertThat(hasHung(0, 9)).isFalse();
        assertThat(read()).isNull();
        assertThat(hasHung(10, 12)).isFalse();

        assertThat(read()).isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}");
        assertThat(read()).as("one probe").isNull();
    }

    @Test
    void hasHung_statelessServer_isAskedWhatItIs_andMayBeSilentWhileItIsListenedTo() throws Exception {
        conversation.probeStateless();
        made[0].write("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}", 0);
        String listen = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscriptions/listen\"}";
        assertThat(conversation.call(ClientMessage.of(listen), null, nobody, Line.Sender.NOBODY, () -> {}, 0))
                .isNotNull();
        assertThat(read()).contains("subscriptions/listen");
        assertThat(hasHung(0, 20)).isFalse();
        assertThat(read()).isNull();

        assertThat(call("7", null, "first")).isNotNull();
        assertThat(read()).contains("tools/call");
        assertThat(hasHung(20, 31)).isFalse();

        assertThat(read()).contains("\"method\":\"server/discover\"", "protocolVersion\":\"2026-07-28\"");
    }

    @Test
    void hasHung_beforeItsFirstLine_isLeftToTheTimeLimitOfTheStart() throws Exception {
        taken("7");

        assertThat(hasHung(0, 100)).isFalse();
        assertThat(read()).isNull();
    }
}
