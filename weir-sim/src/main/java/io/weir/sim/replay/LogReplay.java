package io.weir.sim.replay;

import io.weir.core.Outcome;
import io.weir.sim.engine.VirtualTime;

/** Lets the past pass by a tracker once more, just as it was logged. */
final class LogReplay {
    private final VirtualTime time = new VirtualTime();
    private final Tracker tracker;

    private LogReplay(Tracker tracker) {
        this.tracker = tracker;
    }

    static Tracker track(History history) {
        LogReplay replay = new LogReplay(new Tracker(history, () -> {
            // The log does not say what the limits were.
        }));
        history.offers().stream()
                .filter(past -> !past.decision.equals("paused"))
                .forEach(replay::plan);
        replay.time.runUntil(history.end() + 1);
        replay.tracker.finish();
        return replay.tracker;
    }

    private void plan(LoggedOffer past) {
        if (!past.wasAdmitted()) {
            at(past.at, () -> tracker.rejected(past, past.decision, past.reason));
            return;
        }
        at(past.at, () -> tracker.admitted(past));
        boolean wasInFlight = past.dispatchedAt >= 0;
        if (wasInFlight) {
            at(past.dispatchedAt, () -> tracker.dispatched(past, past.dispatchedAt));
        }
        Outcome outcome = past.outcome;
        if (outcome != null) {
            at(past.endedAt, () -> tracker.ended(past, outcome, wasInFlight, past.endedAt));
        }
    }

    private void at(long when, Runnable what) {
        time.at(when, () -> {
            tracker.advance(when);
            what.run();
        });
    }
}
