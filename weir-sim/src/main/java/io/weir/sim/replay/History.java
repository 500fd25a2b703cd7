package io.weir.sim.replay;

import io.weir.core.admission.Outcome;
import io.weir.core.config.WeirConfig;
import io.weir.core.queue.QueuePolicy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** All that a log tells. One that begins in the middle tells less: neither its configuration nor what became of what was offered before. */
final class History {
    private final List<Past> offers = new ArrayList<>();
    private final List<Deed> deeds = new ArrayList<>();
    private final Map<String, QueuePolicy> queues = new LinkedHashMap<>();
    private Map<Long, Past> byNumber = new HashMap<>();
    private @Nullable WeirConfig config;
    private long offset;
    private long end;
    private boolean begun;

    private History() {}

    /** Something that was done to the whole. */
    record Deed(long at, String what, LogLine line) {}

    static History of(LogFiles files) throws ReplayException {
        History history = new History();
        files.forEach(line -> {
            history.take(line);
            return true;
        });
        return history;
    }

    private void take(LogLine line) throws ReplayException {
        if (line.event().equals("start")) {
            if (config == null) {
                config = Settings.config(line);
            }
            offset = begun ? end : 0;
            byNumber = new HashMap<>();
            return;
        }
        begun = true;
        long at = offset + line.number("t");
        end = Math.max(end, at);
        switch (line.event()) {
            case "queue" -> queues.putIfAbsent(line.text("q"), Settings.policy(line));
            case "offer" -> {
                Past past = new Past(line, offset);
                offers.add(past);
                byNumber.put(line.number("i"), past);
            }
            // What was given up, and is finished later, has ended then.
            case "finish", "abandon" -> ended(line.number("i"), outcome(line), at);
            case "cancel" -> ended(line.number("i"), Outcome.CANCELLED, at);
            case "reset", "close", "closing" -> deeds.add(new Deed(at, line.event(), line));
            default -> {
                // A tick: what it brought about is read below.
            }
        }
        departed(line, at);
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
            Past past = byNumber.get(number);
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
        Past past = byNumber.remove(number);
        if (past != null) {
            past.endedAt = at;
            past.outcome = outcome;
        }
    }

    /** In the order in which they were offered. */
    List<Past> offers() {
        return offers;
    }

    List<Deed> deeds() {
        return deeds;
    }

    /** The configuration it began with, if it does not begin in the middle. */
    Optional<WeirConfig> config() {
        return Optional.ofNullable(config);
    }

    /** How the queues behave that the log names, by name. */
    Map<String, QueuePolicy> queues() {
        return queues;
    }

    /** When the last thing happened; nanoseconds. */
    long end() {
        return end;
    }
}
