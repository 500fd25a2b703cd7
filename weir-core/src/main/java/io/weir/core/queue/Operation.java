package io.weir.core.queue;

import io.weir.core.state.State;
import org.jspecify.annotations.Nullable;

/**
 * One operation of an upstream: how long it takes, and which of its calls are in flight, oldest first. Not thread-safe.
 */
final class Operation implements State.Stateful {
    private final @Nullable RecentDurations durations;

    /** Of which restart of the {@link StallDetector} the calls are. */
    int epoch;

    @Nullable
    Offer oldest;

    private @Nullable Offer newest;

    /** Its neighbours among the operations with calls in flight. */
    @Nullable
    Operation nextActive;

    @Nullable
    Operation previousActive;

    /**
     * Since when a call that was given up has waited for any answer, as far as that is longer than the operation ever
     * took.
     */
    private long silentSince;

    private boolean silent;

    /** @param durations null for all operations that never completed a call, together */
    Operation(@Nullable RecentDurations durations) {
        this.durations = durations;
    }

    /** One that completed calls, to be read from a checkpoint. */
    static Operation empty() {
        return new Operation(new RecentDurations(0));
    }

    boolean isKnown() {
        return durations != null;
    }

    /** The longest call lately, in nanoseconds; 0 where that is not known. */
    long longest() {
        return durations == null ? 0 : durations.longest();
    }

    /** What hardly any call exceeds, in nanoseconds; 0 where that is not known. */
    long usual() {
        return durations == null ? 0 : durations.usual();
    }

    void learn(long nanos, boolean stalled, long now) {
        if (durations == null) {
            return;
        }
        if (stalled) {
            durations.addStalled(nanos);
        } else {
            durations.add(nanos, now);
        }
    }

    /** Begins anew without the calls of an earlier epoch. */
    void restart(int now) {
        epoch = now;
        oldest = null;
        newest = null;
        silent = false;
    }

    void add(Offer call) {
        Offer before = newest;
        call.olderCall = before;
        call.youngerCall = null;
        if (before == null) {
            oldest = call;
        } else {
            before.youngerCall = call;
        }
        newest = call;
    }

    void remove(Offer call) {
        Offer older = call.olderCall;
        Offer younger = call.youngerCall;
        if (older == null) {
            oldest = younger;
        } else {
            older.youngerCall = younger;
        }
        if (younger == null) {
            newest = older;
        } else {
            younger.olderCall = older;
        }
        call.olderCall = null;
        call.youngerCall = null;
    }

    /** Notes that a call was given up that had waited since then, longer than any call of the operation took. */
    void wasSilentSince(long since, long lastAnswer) {
        if (!silent || silentSince - lastAnswer < 0) {
            silent = true;
            silentSince = since;
        }
    }

    /** Since when a call has waited without an answer of any kind, those included that were given up. */
    long waitingSince(Offer call, long lastAnswer) {
        long since = call.leftAt - lastAnswer > 0 ? call.leftAt : lastAnswer;
        return silent && silentSince - lastAnswer >= 0 && silentSince - since < 0 ? silentSince : since;
    }

    @Override
    public void state(State state) {
        epoch = state.number("epoch", epoch);
        silentSince = state.number("silent_since", silentSince);
        silent = state.flag("silent", silent);
        if (durations != null) {
            state.part("durations", durations);
        }
    }
}
