package io.weir.gateway.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.jsonrpc.EventScan;
import io.weir.gateway.schedule.Schedules;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Lines and event streams of several connections that share budgets, in parts of any size, with connections that break.
 */
class LineSchedulesTest {
    private static final int MAX_LINE = 3_000;
    private static final int MAX_ANSWER = 2_000;

    /** A bug that a schedule must find. */
    private enum Bug {
        NONE,
        /** What was received of a line when its connection broke stays budgeted. */
        BROKEN_LINE_KEEPS_ITS_BUDGET,
        /** The first byte of each part is taken for the end of what was before. */
        PART_CUTS_A_LINE
    }

    @Test
    void lines_ofRandomParts_areThoseThatWereSent_andTheBudgetComesBack() {
        Schedules.run("lines", random -> lines(random, Bug.NONE));
    }

    @Test
    void plantedBugs_areFound() {
        for (Bug bug : List.of(Bug.BROKEN_LINE_KEEPS_ITS_BUDGET, Bug.PART_CUTS_A_LINE)) {
            Schedules.requireFound(bug.name(), random -> lines(random, bug));
        }
    }

    /** A connection with what it sends, and what is expected of it. */
    private static final class Connection {
        final LineSplitter splitter;
        final ArrayDeque<String> expected = new ArrayDeque<>();
        String unsent;

        Connection(MemoryBudget budget, SplittableRandom random) {
            splitter = new LineSplitter(budget, MAX_LINE);
            StringBuilder all = new StringBuilder();
            for (int i = random.nextInt(8); i >= 0; i--) {
                int kind = random.nextInt(6);
                int length = kind == 0
                        ? 0
                        : kind == 1
                                ? MAX_LINE - 2 + random.nextInt(5)
                                : kind == 2 ? random.nextInt(9_000) : 1 + random.nextInt(300);
                String line = String.valueOf((char) ('a' + random.nextInt(26))).repeat(length);
                if (length > 0) {
                    expected.add(line);
                }
                all.append(line).append('\n');
            }
            unsent = all.toString();
        }
    }

    private static void lines(SplittableRandom random, Bug bug) {
        long limit = 4_000L + random.nextInt(30_000);
        MemoryBudget budget = new MemoryBudget(limit);
        List<Connection> connections = new ArrayList<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            connections.add(new Connection(budget, random));
        }
        while (!connections.isEmpty()) {
            Connection next = connections.get(random.nextInt(connections.size()));
            if (next.unsent.isEmpty() || random.nextInt(60) == 0) {
                if (next.unsent.isEmpty()) {
                    assertThat(next.expected).as("lines that never came").isEmpty();
                }
                connections.remove(next);
                if (bug != Bug.BROKEN_LINE_KEEPS_ITS_BUDGET) {
                    next.splitter.close();
                    // Again changes nothing.
                    next.splitter.close();
                }
                continue;
            }
            int count = Math.min(next.unsent.length(), 1 + random.nextInt(random.nextInt(4) == 0 ? 4_000 : 60));
            String part = next.unsent.substring(0, count);
            next.unsent = next.unsent.substring(count);
            next.splitter.give(Buffer.buffer(bug == Bug.PART_CUTS_A_LINE && part.length() > 50 ? part + "\n" : part));
            take(next, budget, limit);
        }
        assertThat(budget.taken()).as("bytes that are budgeted in the end").isZero();
    }

    private static void take(Connection from, MemoryBudget budget, long limit) {
        for (LineSplitter.Result result = from.splitter.next();
                result != LineSplitter.Result.MORE;
                result = from.splitter.next()) {
            assertThat(budget.taken()).as("bytes taken of the budget").isBetween(0L, limit);
            switch (result) {
                case LINE -> {
                    String line = new String(from.splitter.take().contiguous(), StandardCharsets.UTF_8);
                    assertThat(line).isEqualTo(from.expected.poll());
                    assertThat(line.length()).isLessThanOrEqualTo(MAX_LINE);
                    from.splitter.release();
                    from.splitter.release();
                }
                case EMPTY -> {
                    // An empty line, or the end of one that was refused.
                }
                case TOO_LONG, NO_MEMORY -> refused(from, result);
                default -> throw new AssertionError(result);
            }
        }
        assertThat(budget.taken()).as("bytes taken of the budget").isBetween(0L, limit);
    }

    private static void refused(Connection from, LineSplitter.Result result) {
        String line = from.expected.poll();
        assertThat(line).as("a refused line").isNotNull();
        if (result == LineSplitter.Result.TOO_LONG) {
            assertThat(line.length())
                    .as("the length of a line that is too long")
                    .isGreaterThan(MAX_LINE);
        }
    }

    @Test
    void answers_ofRandomParts_areThoseOfTheEvents_andTheBudgetComesBack() {
        Schedules.run("events", random -> events(random, false));
    }

    @Test
    void answersThatLeaveTheirBudget_areFound() {
        Schedules.requireFound("an answer that is too long keeps its budget", random -> events(random, true));
    }

    private static void events(SplittableRandom random, boolean leaks) {
        MemoryBudget budget = new MemoryBudget(1_000 + random.nextInt(8_000));
        List<String> sent = new ArrayList<>();
        StringBuilder stream = new StringBuilder(random.nextBoolean() ? "" : "\uFEFF");
        String[] ends = {"\n", "\r\n", "\r"};
        for (int i = random.nextInt(6); i >= 0; i--) {
            String end = ends[random.nextInt(ends.length)];
            String data = "{" + "y".repeat(random.nextInt(random.nextInt(4) == 0 ? 3_000 : 200)) + "}";
            switch (random.nextInt(4)) {
                case 0 -> stream.append(": comment").append(end);
                case 1 -> stream.append("event: message").append(end);
                case 2 -> stream.append("id: 7").append(end);
                default -> {
                    // Nothing but data.
                }
            }
            int cut = random.nextInt(data.length());
            if (random.nextInt(3) == 0 && cut > 0) {
                stream.append("data: ")
                        .append(data, 0, cut)
                        .append(end)
                        .append("data:")
                        .append(data.substring(cut));
            } else {
                stream.append("data: ").append(data);
            }
            stream.append(end).append(end);
            sent.add(data);
        }
        AnswerText text = new AnswerText(budget, MAX_ANSWER);
        List<String> got = new ArrayList<>();
        EventScan scan = new EventScan(new EventScan.Data() {
            @Override
            public void data(byte[] bytes, int from, int to) {
                text.add(bytes, from, to);
            }

            @Override
            public void eventEnd() {
                if (text.state() != AnswerText.State.FITS) {
                    got.add(text.state().name());
                } else if (!text.isEmpty()) {
                    got.add(new String(text.bytes(), StandardCharsets.UTF_8));
                } else {
                    return;
                }
                long held = text.handOver();
                if (!leaks || held == 0) {
                    budget.giveBack(held);
                }
            }
        });
        byte[] all = stream.toString().getBytes(StandardCharsets.UTF_8);
        boolean breaks = random.nextInt(4) == 0;
        int end = breaks ? random.nextInt(all.length) : all.length;
        for (int at = 0; at < end; ) {
            int part = Math.min(end - at, 1 + random.nextInt(random.nextBoolean() ? 3 : 900));
            scan.accept(all, at, at + part);
            at += part;
            assertThat(budget.taken()).isNotNegative();
        }
        text.release();
        assertThat(budget.taken()).as("bytes that are budgeted in the end").isZero();
        assertThat(got.size()).isLessThanOrEqualTo(sent.size());
        for (int i = 0; i < got.size(); i++) {
            String expected = sent.get(i);
            if (expected.length() > MAX_ANSWER) {
                assertThat(got.get(i)).isIn("TOO_LONG", "NO_MEMORY");
            } else if (!got.get(i).equals("NO_MEMORY")) {
                assertThat(got.get(i)).isEqualTo(expected);
            }
        }
        if (!breaks) {
            assertThat(got).hasSameSizeAs(sent);
        }
    }
}
