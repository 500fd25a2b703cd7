package io.weir.sim.replay;

import io.weir.core.Outcome;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Lets the past pass by a tracker once more, just as it was logged. */
final class LogReplay {
    private record Moment(long at, Runnable what) {}

    private LogReplay() {}

    static Tracker track(History history) {
        Tracker tracker = new Tracker(history, () -> {
            // The log does not say what the limits were.
        });
        List<Moment> moments = new ArrayList<>();
        for (LoggedOffer past : history.offers()) {
            if (past.decision.equals("paused")) {
                continue;
            }
            if (!past.wasAdmitted()) {
                moments.add(new Moment(past.at, () -> tracker.rejected(past, past.decision, past.reason)));
                continue;
            }
            moments.add(new Moment(past.at, () -> tracker.admitted(past)));
            boolean wasInFlight = past.dispatchedAt >= 0;
            if (wasInFlight) {
                moments.add(new Moment(past.dispatchedAt, () -> tracker.dispatched(past, past.dispatchedAt)));
            }
            Outcome outcome = past.outcome;
            if (outcome != null) {
                moments.add(new Moment(past.endedAt, () -> tracker.ended(past, outcome, wasInFlight, past.endedAt)));
            }
        }
        moments.sort(Comparator.comparingLong(Moment::at));
        for (Moment moment : moments) {
            tracker.advance(moment.at());
            moment.what().run();
        }
        tracker.finish();
        return tracker;
    }
}
