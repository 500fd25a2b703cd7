package io.weir.gateway.lineupstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.jsonrpc.MessageParts;
import io.weir.gateway.line.Line;
import io.weir.gateway.line.LineServerException;
import io.weir.gateway.schedule.Schedules;
import io.weir.gateway.session.Client;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Clients that all choose the same ids and progress tokens, on a server that reads, answers, fails and writes nonsense
 * when it likes: no message reaches another client, and every request has one outcome.
 */
class ConversationSchedulesTest {
    private static final int STEPS = 120;
    private static final int MAX_SESSIONS = 4;
    private static final int IDS = 3;
    private static final int MAX_QUEUED = 600;

    @Test
    void clientsOfOneServer_neverGetEachOthersMessages_andEveryRequestHasOneOutcome() {
        Schedules.run("conversations", random -> new World(random).run());
    }

    /** A request of a client, and what it was told. */
    private static final class Asked implements Recipient {
        private final int session;
        private final String id;
        private final String who;
        private final boolean token;
        private Conversation.@Nullable Call call;
        private int answers;
        private int failures;
        private int progress;
        private boolean taken;
        private boolean abandoned;
        private int ends;
        private boolean mayCallAgain;

        Asked(int session, String id, String who, boolean token) {
            this.session = session;
            this.id = id;
            this.who = who;
            this.token = token;
        }

        boolean isOver() {
            return answers + failures > 0 || abandoned;
        }

        @Override
        public void message(byte[] message, boolean last) {
            String text = new String(message, StandardCharsets.UTF_8);
            assertThat(isOver()).as("a message behind the end: %s", text).isFalse();
            if (text.contains("notifications/message")) {
                // What belongs to no request goes to the newest one of its session.
                assertThat(text).contains("\"data\":\"session " + session + "\"");
                return;
            }
            assertThat(text).contains("\"" + who + "\"");
            if (last) {
                answers++;
                assertThat(text).contains("\"id\":" + id + ",");
            } else {
                progress++;
                assertThat(token).isTrue();
                assertThat(text).contains("\"progressToken\":\"t\"");
            }
        }

        @Override
        public void failed(LineServerException why) {
            assertThat(isOver()).as("a failure behind the end").isFalse();
            failures++;
        }
    }

    private static final class World {
        private final SplittableRandom random;
        private final boolean shared;
        private final List<LineSession> sessions = new ArrayList<>();
        private final List<Asked> asked = new ArrayList<>();
        private final Map<Long, Asked> atServer = new HashMap<>();
        private final Map<String, Asked> byWho = new HashMap<>();
        private final Set<Long> answered = new HashSet<>();
        private final ArrayDeque<Asked> waiting = new ArrayDeque<>();
        private final FakeLineServer server;
        private final Conversation conversation;
        private int pings;
        private int pongs;
        private long now;
        private boolean dead;

        World(SplittableRandom random) {
            this.random = random;
            this.shared = random.nextBoolean();
            this.now = random.nextLong();
            FakeLineServer[] made = new FakeLineServer[1];
            conversation = new Conversation(
                    "u",
                    listener -> made[0] = new FakeLineServer(listener, MAX_QUEUED),
                    new MemoryBudget(0),
                    shared,
                    now,
                    () -> {});
            server = made[0];
            for (int i = shared ? random.nextInt(MAX_SESSIONS) : 0; i >= 0; i--) {
                LineSession session = new LineSession("s" + i, Client.NOBODY, new MemoryBudget(1 << 20), now);
                sessions.add(session);
                conversation.attach(session);
            }
        }

        void run() {
            for (int step = 0; step < STEPS && !dead; step++) {
                now += random.nextInt(1_000_000);
                switch (random.nextInt(12)) {
                    case 0, 1, 2 -> ask();
                    case 3 -> cancel();
                    case 4 -> abandon();
                    case 5, 6, 7 -> serverReads();
                    case 8 -> serverAnswers();
                    case 9 -> serverSays();
                    case 10 -> serverWritesNonsense();
                    default -> dead = random.nextInt(40) == 0;
                }
                askAgain();
            }
            if (dead) {
                LineServerException why = new LineServerException(LineServerException.Problem.EXITED, "");
                conversation.failed(why);
                // It has told all who waited; no further request gets anywhere.
                askAgain();
            } else {
                drain();
            }
            for (Asked each : asked) {
                int outcomes = each.answers + each.failures + (each.abandoned ? 1 : 0);
                assertThat(outcomes).as("outcomes of %s", each.who).isEqualTo(1);
                assertThat(each.ends)
                        .as("how often the work on %s has ended", each.who)
                        .isEqualTo(each.abandoned ? 1 : 0);
            }
            assertThat(pongs).isLessThanOrEqualTo(pings);
            if (!dead) {
                assertThat(conversation.isQuiet()).isTrue();
                assertThat(pongs).isEqualTo(pings);
                sessions.forEach(each -> conversation.detach(each, now));
                assertThat(conversation.idleNanos(now + 1)).isEqualTo(1);
            }
        }

        private void ask() {
            int session = random.nextInt(sessions.size());
            String id = String.valueOf(1 + random.nextInt(IDS));
            if (asked.stream().anyMatch(each -> each.session == session && each.id.equals(id) && !each.isOver())) {
                // A client uses an id once at a time.
                return;
            }
            Asked made = new Asked(session, id, "who-" + asked.size(), random.nextBoolean());
            asked.add(made);
            byWho.put(made.who, made);
            sessions.get(session).begin(made, now);
            offer(made);
        }

        private void offer(Asked made) {
            String meta = made.token ? "\"_meta\":{\"progressToken\":\"t\"}," : "";
            String text = "{\"jsonrpc\":\"2.0\",\"id\":" + made.id + ",\"method\":\"tools/call\",\"params\":{" + meta
                    + "\"who\":\"" + made.who + "\"}}";
            try {
                made.call = conversation.call(
                        ClientMessage.of(text),
                        sessions.get(made.session),
                        made,
                        new Line.Sender() {
                            @Override
                            public void begun() {
                                made.taken = true;
                            }
                        },
                        () -> {
                            assertThat(made.mayCallAgain).as("told once").isFalse();
                            made.mayCallAgain = true;
                        },
                        now);
                if (made.call == null) {
                    waiting.add(made);
                }
            } catch (LineServerException e) {
                made.failed(e);
                end(made);
            }
        }

        /** Those that the server can take now. */
        private void askAgain() {
            for (Asked each : List.copyOf(waiting)) {
                if (each.mayCallAgain) {
                    waiting.remove(each);
                    each.mayCallAgain = false;
                    if (!each.isOver()) {
                        offer(each);
                    }
                }
            }
        }

        private void end(Asked over) {
            sessions.get(over.session).end(over, now);
        }

        private @Nullable Asked anyUnderWay() {
            List<Asked> all = asked.stream()
                    .filter(each -> !each.isOver() && each.call != null)
                    .toList();
            return all.isEmpty() ? null : all.get(random.nextInt(all.size()));
        }

        private void cancel() {
            Asked one = anyUnderWay();
            if (one != null) {
                String text = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":"
                        + one.id + ",\"reason\":\"" + one.who + "\"}}";
                ClientMessage notification = ClientMessage.of(text);
                if (conversation.cancel(notification.parts(), sessions.get(one.session))) {
                    server.send(notification.toLine(Line.Sender.NOBODY));
                }
            }
        }

        private void abandon() {
            Asked one = anyUnderWay();
            if (one != null) {
                one.abandoned = true;
                conversation.abandon(Objects.requireNonNull(one.call), () -> {
                    one.ends++;
                    assertThat(!one.taken || dead || answered.stream().anyMatch(id -> atServer.get(id) == one))
                            .as("the server is not at work on it")
                            .isTrue();
                });
                end(one);
            }
        }

        private void serverReads() {
            String line = server.read();
            if (line == null) {
                return;
            }
            MessageParts read = parts(line);
            String text = new String(read.toLine(), StandardCharsets.UTF_8);
            String method = read.method();
            if (method == null) {
                pongs++;
            } else if (method.equals("tools/call")) {
                Asked one = Objects.requireNonNull(byWho.get(text.replaceAll(".*\"who\":\"([^\"]*)\".*", "$1")));
                assertThat(one.taken).as("noted as taken").isTrue();
                assertThat(one.abandoned)
                        .as("given to the server although nobody waits")
                        .isFalse();
                Long id = Long.valueOf(String.valueOf(read.id()));
                assertThat(atServer.put(id, one)).as("two requests with one id").isNull();
                assertThat(read.metaProgressToken()).isEqualTo(one.token ? String.valueOf(id) : null);
            } else {
                assertThat(method).isEqualTo("notifications/cancelled");
                Asked one = atServer.get(Long.valueOf(String.valueOf(read.requestId())));
                if (one != null && text.contains("who-")) {
                    assertThat(text)
                            .as("the request that its own client cancelled")
                            .contains(one.who + "\"");
                } else if (one != null) {
                    assertThat(one.abandoned).as("the server is told to stop").isTrue();
                }
            }
            if (server.queuedBytes() == 0) {
                conversation.drained();
            }
        }

        private void serverAnswers() {
            List<Long> open = atServer.keySet().stream()
                    .filter(each -> !answered.contains(each))
                    .sorted()
                    .toList();
            if (!open.isEmpty()) {
                answer(open.get(random.nextInt(open.size())));
            }
        }

        private void answer(long id) {
            Asked one = Objects.requireNonNull(atServer.get(id));
            boolean was = one.isOver();
            answered.add(id);
            say("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":{\"who\":\"" + one.who + "\"}}");
            assertThat(one.answers).as("answers of %s", one.who).isEqualTo(was ? one.answers : 1);
            if (!was) {
                end(one);
            }
        }

        /** Progress of a request, or what belongs to none. */
        private void serverSays() {
            List<Long> all = atServer.keySet().stream().sorted().toList();
            if (random.nextBoolean() && !all.isEmpty()) {
                long id = all.get(random.nextInt(all.size()));
                Asked one = Objects.requireNonNull(atServer.get(id));
                int before = one.progress;
                boolean heard = one.token && !one.isOver();
                say("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{\"progressToken\":" + id
                        + ",\"progress\":1,\"message\":\"" + one.who + "\"}}");
                assertThat(one.progress).isEqualTo(before + (heard ? 1 : 0));
            } else if (random.nextBoolean()) {
                say(
                        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{\"level\":\"info\",\"data\":\"session 0\"}}");
            } else if (server.queuedBytes() < MAX_QUEUED) {
                pings++;
                say("{\"jsonrpc\":\"2.0\",\"id\":\"p\",\"method\":\"ping\"}");
            }
        }

        private void serverWritesNonsense() {
            switch (random.nextInt(5)) {
                case 0 -> say("nonsense");
                case 1 -> say("");
                case 2 -> say("{\"jsonrpc\":\"2.0\",\"id\":999999,\"result\":{}}");
                case 3 -> say("{\"jsonrpc\":\"2.0\",\"id\":\"1\",\"result\":{\"who\":\"nobody\"}} x");
                default -> {
                    // An answer that was given before is nobody's.
                    answered.stream()
                            .findFirst()
                            .ifPresent(id -> say("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":{}}"));
                }
            }
        }

        private void say(String line) {
            server.listener().line(line.getBytes(StandardCharsets.UTF_8));
        }

        /** The server reads and answers all that there is. */
        private void drain() {
            for (int i = 0; i < 20 * STEPS; i++) {
                serverReads();
                serverAnswers();
                askAgain();
            }
            assertThat(waiting.stream().filter(each -> !each.isOver()).toList()).isEmpty();
        }

        private static MessageParts parts(String text) {
            try {
                return MessageParts.of(text.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
