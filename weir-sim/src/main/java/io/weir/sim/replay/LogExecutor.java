package io.weir.sim.replay;

import io.weir.core.Outcome;
import io.weir.core.Priority;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Decision;
import io.weir.core.admission.PressureListener;
import io.weir.core.queue.DecisionLog;
import io.weir.core.queue.DirectReservation;
import io.weir.core.queue.DirectReservations;
import io.weir.core.queue.Offer;
import io.weir.core.queue.UpstreamListener;
import io.weir.core.queue.UpstreamQueue;
import java.util.HashMap;
import java.util.Map;

/** Does to a fresh core what a log says was done to another. Not thread-safe. */
final class LogExecutor {
    private static final Offer.Handler NOTHING = new Offer.Handler() {
        @Override
        public void dispatched(Offer offer, long now) {
            // The log says when it is finished.
        }

        @Override
        public void removed(Offer offer, Outcome outcome, long now) {
            // It is over.
        }
    };

    private final Admission admission;
    private final DecisionLog decisionLog;
    private final Map<String, UpstreamQueue> queues = new HashMap<>();
    private final Map<Long, Offer> offers = new HashMap<>();
    private final Map<Long, DirectReservation> held = new HashMap<>();
    private final DirectReservations holds;
    private long base;

    /** Begins with a line {@code start}, or where a line {@code checkpoint} was written. */
    LogExecutor(LogLine beginning, DecisionLog decisionLog) throws ReplayException {
        this.admission = Admission.repeatable(Settings.config(beginning), PressureListener.NONE);
        this.decisionLog = decisionLog;
        this.holds = new DirectReservations(admission, decisionLog);
        if (beginning.event().equals("start")) {
            decisionLog.begin(admission.config());
        } else {
            restore(beginning);
        }
    }

    private void restore(LogLine checkpoint) throws ReplayException {
        try {
            DecisionLog.Restored restored =
                    decisionLog.restore(checkpoint.text(), checkpoint.fields(), admission, NOTHING);
            base = checkpoint.number("base");
            queues.putAll(restored.queues());
            offers.putAll(restored.offers());
            held.putAll(restored.holds());
        } catch (IllegalArgumentException e) {
            throw new ReplayException(checkpoint.where() + ": the checkpoint " + e.getMessage());
        }
    }

    void execute(LogLine line) throws ReplayException {
        if (line.event().equals("queue")) {
            base = line.number("base");
            long now = now(line);
            String name = line.text("q");
            queues.put(
                    name,
                    new UpstreamQueue(name, admission, Settings.policy(line), UpstreamListener.NONE, decisionLog, now));
            return;
        }
        long now = now(line);
        switch (line.event()) {
            case "offer" -> offer(line, now);
            case "hold" -> hold(line, now);
            case "release" -> release(line, now);
            case "finish" -> queue(line).finish(taken(line), outcome(line), now);
            case "abandon" -> {
                Offer offer = offers.get(line.number("i"));
                if (offer == null) {
                    throw new ReplayException(line.where() + ": no offer of that number was let in before");
                }
                queue(line).abandon(offer, outcome(line), now);
            }
            case "cancel" -> queue(line).cancel(taken(line), now);
            case "tick" -> queue(line).tick(now);
            case "reset" -> queue(line).reset(admission.connection(line.text("tenant"), line.text("conn"), now), now);
            case "limits" -> decisionLog.update(admission, Settings.changed(line), now);
            case "closing" -> decisionLog.close(admission, now);
            case "close" -> queue(line).close(now);
            case "rename" -> {
                UpstreamQueue queue = queue(line);
                queues.remove(line.text("q"));
                queues.put(line.text("as"), queue);
                queue.rename(line.text("as"), now);
            }
            case "remove" -> {
                queue(line).remove(now);
                queues.remove(line.text("q"));
            }
            case "checkpoint" -> decisionLog.checkpoint(now);
            default ->
                throw new ReplayException(line.where() + ": an event of another version of Weir: " + line.event());
        }
    }

    private long now(LogLine line) throws ReplayException {
        return base + line.number("t");
    }

    private UpstreamQueue queue(LogLine line) throws ReplayException {
        UpstreamQueue queue = queues.get(line.text("q"));
        if (queue == null) {
            throw new ReplayException(
                    line.where() + ": the log does not say how queue '" + line.text("q") + "' is configured");
        }
        return queue;
    }

    private void offer(LogLine line, long now) throws ReplayException {
        Offer offer = new Offer(
                admission.connection(line.text("tenant"), line.text("conn"), now),
                line.text("operation"),
                (int) line.number("n"),
                line.number("b"),
                priority(line),
                line.number("ttl"),
                (int) line.number("w"),
                NOTHING);
        if (!line.mayPause()) {
            offer.refuseInsteadOfPause();
        }
        queue(line).offer(offer, now);
        if (offer.isQueued() || offer.isInFlight()) {
            offers.put(line.number("i"), offer);
        }
    }

    private void hold(LogLine line, long now) throws ReplayException {
        DirectReservation hold = new DirectReservation(
                admission.connection(line.text("tenant"), line.text("conn"), now), priority(line), line.number("b"));
        if (!line.mayPause()) {
            hold.refuseInsteadOfPause();
        }
        if (holds.offer(hold, now) == Decision.ADMITTED) {
            held.put(line.number("i"), hold);
        }
    }

    private void release(LogLine line, long now) throws ReplayException {
        DirectReservation hold = held.remove(line.number("i"));
        if (hold == null) {
            throw new ReplayException(line.where() + ": nothing of that number is held");
        }
        holds.release(hold, outcome(line), now);
    }

    private Offer taken(LogLine line) throws ReplayException {
        Offer offer = offers.remove(line.number("i"));
        if (offer == null) {
            throw new ReplayException(line.where() + ": no offer of that number was let in before");
        }
        return offer;
    }

    private static Priority priority(LogLine line) throws ReplayException {
        return Priority.ofKey(line.text("p"))
                .orElseThrow(() -> new ReplayException(line.where() + ": an unknown priority"));
    }

    private static Outcome outcome(LogLine line) throws ReplayException {
        String key = line.text("o");
        for (Outcome outcome : Outcome.values()) {
            if (outcome.key().equals(key)) {
                return outcome;
            }
        }
        throw new ReplayException(line.where() + ": an unknown outcome: " + key);
    }
}
