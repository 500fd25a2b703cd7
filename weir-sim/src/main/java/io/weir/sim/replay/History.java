package io.weir.sim.replay;

import io.weir.core.Outcome;
import io.weir.core.config.WeirConfig;
import io.weir.core.queue.QueuePolicy;
import io.weir.sim.engine.Bins;
import io.weir.sim.report.Mark;
import io.weir.sim.scenario.UpstreamSettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All that a log tells. One that begins in the middle tells less: neither its configuration nor what became of what was
 * offered before.
 */
final class History {
    private final List<LoggedOffer> offers = new ArrayList<>();
    private final List<LoggedReservation> holds = new ArrayList<>();
    private final List<Reset> resets = new ArrayList<>();
    private final List<Mark> marks = new ArrayList<>();
    private final Set<String> upstreams = new HashSet<>();
    private final Map<String, QueuePolicy> queues = new LinkedHashMap<>();

    /** The names that queues had before they were removed, by those that they have since. */
    private final Map<String, String> renamed = new HashMap<>();

    private Map<Long, LoggedOffer> byNumber = new HashMap<>();
    private Map<Long, LoggedReservation> heldByNumber = new HashMap<>();
    private @Nullable WeirConfig config;
    private @Nullable WeirConfig inForce;
    private long offset;
    private long end;
    private boolean begun;
    private int changes;

    private History() {}

    /** A connection whose messages that wait for an upstream were thrown out. */
    record Reset(long at, String upstream, String tenant, String connection) {}

    static History of(LogParts files) throws ReplayException {
        History history = new History();
        files.forEach(line -> {
            history.take(line);
            return true;
        });
        return history;
    }

    private void take(LogLine line) throws ReplayException {
        if (line.event().equals("start")) {
            WeirConfig own = Settings.config(line);
            if (begun) {
                boolean same = own.equals(inForce);
                marks.add(new Mark(end, "the gateway starts again", same ? "" : "with another configuration"));
            }
            inForce = own;
            if (config == null) {
                config = own;
            }
            offset = begun ? end : 0;
            byNumber = new HashMap<>();
            heldByNumber = new HashMap<>();
            return;
        }
        if (line.event().equals("checkpoint")) {
            if (!begun) {
                config = Settings.config(line);
                inForce = config;
                offset = -line.number("t");
                for (LogLine queue : line.sections("queues")) {
                    queues.put(queue.text("q"), Settings.policy(queue));
                }
            }
            begun = true;
            return;
        }
        if (!begun && config == null) {
            // It begins in the middle.
            offset = -line.number("t");
        }
        begun = true;
        long at = offset + line.number("t");
        end = Math.max(end, at);
        switch (line.event()) {
            case "queue" -> queues.putIfAbsent(line.text("q"), Settings.policy(line));
            case "offer" -> {
                LoggedOffer past = new LoggedOffer(line, offset);
                offers.add(past);
                upstreams.add(UpstreamSettings.upstreamOf(past.queue));
                byNumber.put(line.number("i"), past);
            }
            case "finish" -> ended(line.number("i"), outcome(line), at);
            case "abandon" -> givenUp(line.number("i"), outcome(line), at);
            case "hold" -> {
                LoggedReservation hold = new LoggedReservation(line, offset);
                holds.add(hold);
                heldByNumber.put(line.number("i"), hold);
            }
            case "release" -> {
                LoggedReservation hold = heldByNumber.remove(line.number("i"));
                if (hold != null) {
                    hold.releasedAt = at;
                }
            }
            case "cancel" -> ended(line.number("i"), Outcome.CANCELLED, at);
            case "reset" -> {
                String queue = renamed.getOrDefault(line.text("q"), line.text("q"));
                resets.add(new Reset(at, UpstreamSettings.upstreamOf(queue), line.text("tenant"), line.text("conn")));
                marks.add(mark(line, at));
            }
            case "limits" -> limits(Settings.changed(line), at);
            case "rename" -> {
                renamed.put(line.text("as"), line.text("q"));
                marks.add(mark(line, at));
            }
            case "remove" -> renamed.remove(line.text("q"));
            case "close", "closing" -> marks.add(mark(line, at));
            default -> {
                // A tick, or the end: what it brought about is read below.
            }
        }
        departed(line, at);
    }

    private void limits(WeirConfig next, long at) {
        List<String> changed = inForce == null ? List.of() : inForce.changesTo(next);
        inForce = next;
        changes++;
        marks.add(new Mark(at, "limits change", String.join(", ", changed)));
    }

    private static Mark mark(LogLine line, long at) throws ReplayException {
        return switch (line.event()) {
            case "reset" ->
                new Mark(
                        at,
                        "queue of a connection reset",
                        "tenant " + line.text("tenant") + ", connection " + line.text("conn") + ", queue "
                                + line.text("q"));
            case "rename" -> new Mark(at, "an upstream is removed or replaced", "queue " + line.text("q"));
            case "close" -> new Mark(at, "a queue closes", line.text("q"));
            default -> new Mark(at, "Weir closes", "");
        };
    }

    private static Outcome outcome(LogLine line) throws ReplayException {
        return switch (line.text("o")) {
            case "completed" -> Outcome.COMPLETED;
            case "failed" -> Outcome.FAILED;
            case "cancelled" -> Outcome.CANCELLED;
            default -> throw new ReplayException(line.where() + ": an unknown outcome: " + line.text("o"));
        };
    }

    private void departed(LogLine line, long at) throws ReplayException {
        for (long number : line.numbers("dispatched")) {
            LoggedOffer past = byNumber.get(number);
            if (past != null) {
                past.dispatchedAt = at;
            }
        }
        for (long number : line.numbers("expired")) {
            ended(number, Outcome.EXPIRED, at);
        }
        for (long number : line.numbers("evicted")) {
            ended(number, Outcome.EVICTED, at);
        }
    }

    private void ended(long number, Outcome outcome, long at) {
        LoggedOffer past = byNumber.remove(number);
        if (past != null) {
            past.end(outcome, at);
        }
    }

    /** The upstream may go on with it; if it answers, a later line says when. */
    private void givenUp(long number, Outcome outcome, long at) {
        LoggedOffer past = byNumber.get(number);
        if (past != null) {
            past.end(outcome, at);
        }
    }

    /** In the order in which they were offered. */
    List<LoggedOffer> offers() {
        return offers;
    }

    /** What held a part of the limits outside the queues, in the order in which it was offered. */
    List<LoggedReservation> holds() {
        return holds;
    }

    List<Reset> resets() {
        return resets;
    }

    /** The configuration it began with, if it does not begin in the middle. */
    Optional<WeirConfig> config() {
        return Optional.ofNullable(config);
    }

    /** How often its configuration was replaced while it ran. */
    int changes() {
        return changes;
    }

    /** How the queues behave that the log names, by name. */
    Map<String, QueuePolicy> queues() {
        return queues;
    }

    /** What was done to the gateway, for plots. */
    List<Mark> marks() {
        return marks;
    }

    /** What plots call an operation: with its upstream, if the log has several. */
    String operation(String queue, String work) {
        return upstreams.size() > 1 ? UpstreamSettings.upstreamOf(queue) + "/" + work : work;
    }

    /** The bins of plots over the whole log. */
    Bins bins() {
        return Bins.of(end);
    }

    /** When the last thing happened; nanoseconds. */
    long end() {
        return end;
    }
}
