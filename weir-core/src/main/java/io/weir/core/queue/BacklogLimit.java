package io.weir.core.queue;

import io.weir.core.queue.QueueStats.BacklogStats;
import io.weir.core.state.State;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/*
 * Slow calls that fill all workers of an upstream make quick ones wait behind them, at the upstream, where no limit of
 * one operation helps: the slow operation stays for no longer than it may, and fewer quick calls are none the quicker.
 * So the quick calls are the probe. One that takes many times what it takes alone has waited behind others; and when
 * it leaves, those others that came before it and are still there are being worked on, if the upstream takes calls in
 * their order. Their number, with what the quick operation itself has at work (its rate times what a call takes
 * alone, by Little's law), is how many the upstream works on at once, and with so many in flight none waits there.
 *
 * An upstream without a queue answers quick calls before slow ones that came earlier. Then hardly any have left while
 * a quick call was there, the number is what was in flight, and nothing is limited. If the quick calls take as long as
 * before with fewer in flight, that is their nature, and the limit goes.
 */

/**
 * How many messages an upstream may have in flight in all: without limit until quick calls wait there behind others.
 * Times are in microseconds. Every operation is O(1). Not thread-safe.
 */
final class BacklogLimit {
    private static final int NONE = Capacity.MAX;
    private static final int SAMPLES = 8;

    /** A quick call waits if it takes so many times what it takes alone: for the limit to begin, and for it to fall. */
    private static final int TIMES_TO_BEGIN = 16;

    private static final int TIMES_TO_FALL = 8;

    /** A shorter part of the time to live is no reason to begin. */
    private static final int TTL_PART = 32;

    /** There have to be so many others, or half of those at work. */
    private static final int MIN_OTHERS = 3;

    /** PendingCallbacks after which an operation that has none any more is the probe no longer. */
    private static final int GONE = 4096;

    /** The time in which no quick call waits, after which the limit is raised: at first, and at most. */
    private static final long CALM = TimeUnit.SECONDS.toMicros(1);

    private static final long MAX_CALM = 16 * CALM;

    private static final int RAISED_BY_PART = 16;

    /**
     * PendingCallbacks in a row with the limit not reached after which there is none any more: so many, and so many
     * times the limit.
     */
    private static final int SPARE = 64;

    private static final int SPARE_TURNS = 2;

    private int limit = NONE;

    /**
     * Whether no more are let in than there were, since quick calls did not come back: the next that do say how many
     * there may be.
     */
    private boolean frozen;

    private int frozenDeparted;

    private @Nullable LatencyProfile probe;
    private String probeName = "";
    private int sinceProbe;

    /** When the limit last changed but for a rise: what was dispatched before says nothing about it. */
    private long changedAt;

    private final MovingMean stay = new MovingMean(SAMPLES);
    private final MovingMean atWork = new MovingMean(SAMPLES);
    private final MovingMean others = new MovingMean(SAMPLES);
    private final MovingMean ahead = new MovingMean(SAMPLES);

    /**
     * How long quick calls took before the limit last fell: with so many fewer in flight they take clearly less. 0 if
     * they do not wait.
     */
    private long comparedStay;

    /** How many others were in flight, and how many had left in all, when one of the probe last left or came alone. */
    private int watchedOthers;

    private int watchedDeparted;

    private int spare;

    /** When a quick call last waited, or the limit changed. */
    private long calmSince;

    private long calmUntilRaised = CALM;
    private boolean raised;

    /** How many may be in flight; {@link Capacity#MOST} without a limit. */
    int limit() {
        return limit;
    }

    /** Null without a limit. */
    @Nullable
    BacklogStats stats() {
        LatencyProfile quick = probe;
        return limit == NONE || quick == null ? null : new BacklogStats(limit, probeName, 1000 * quick.alone.get());
    }

    /**
     * Notes that a message is about to be dispatched while so many are in flight. None of the probe may have left since
     * it waits.
     */
    void dispatching(LatencyProfile profile, int inFlight, int departed, long nowMicros) {
        LatencyProfile quick = probe;
        if (quick == null || limit < NONE) {
            return;
        }
        int own = quick.limit.inFlight();
        if (own == 0) {
            if (profile == quick) {
                watch(inFlight, departed);
            }
        } else if (inFlight - own >= Math.max(MIN_OTHERS, own) && departed - watchedDeparted <= watchedOthers) {
            long silent = nowMicros - quick.limit.lastDeparture();
            if (silent > TIMES_TO_BEGIN * quick.alone.get() && silent > quick.ttl / TTL_PART) {
                begin(inFlight, nowMicros);
                frozen = true;
                frozenDeparted = departed;
            }
        }
    }

    /**
     * Remembers how many others there are: once as many have left, a quick call that is still there waits for none of
     * them.
     */
    private void watch(int othersNow, int departed) {
        watchedOthers = othersNow;
        watchedDeparted = departed;
    }

    private void begin(int number, long nowMicros) {
        comparedStay = 0;
        calmUntilRaised = CALM;
        spare = 0;
        change(number, nowMicros);
    }

    private void change(int to, long nowMicros) {
        limit = Math.max(1, to);
        raised = false;
        calmSince = nowMicros;
        changedAt = nowMicros;
        forgetSamples();
    }

    private void forgetSamples() {
        stay.clear();
        atWork.clear();
        others.clear();
        ahead.clear();
    }

    /**
     * Notes that a message is about to leave the upstream, whatever became of it.
     *
     * @param profile that of its operation
     * @param offer the message, as it was dispatched
     * @param departed how many have left the upstream since it exists, of all operations
     * @param inFlight how many it has, with this one
     */
    void leaves(
            LatencyProfile profile,
            Offer offer,
            int departed,
            int inFlight,
            long micros,
            boolean completed,
            long nowMicros) {
        sinceProbe++;
        if (completed) {
            note(profile, offer, departed, inFlight, micros, nowMicros);
        }
        if (limit == NONE) {
            return;
        }
        spare = inFlight >= limit - limit / 8 ? 0 : spare + 1;
        if (frozen && departed - frozenDeparted > SPARE_TURNS * limit) {
            // All that was there has left, and no quick call with it: they wait for nothing.
            distrustProbe();
        } else if (spare > Math.max(SPARE, SPARE_TURNS * limit)) {
            free();
        } else if (!frozen && nowMicros - calmSince > calmUntilRaised) {
            raiseUnlessSilent(nowMicros);
        }
    }

    private void raiseUnlessSilent(long nowMicros) {
        LatencyProfile quick = probe;
        calmSince = nowMicros;
        if (quick == null
                || quick.limit.inFlight() == 0
                || nowMicros - quick.limit.lastDeparture() <= TIMES_TO_FALL * quick.alone.get()) {
            calmUntilRaised = raised ? Math.max(CALM, calmUntilRaised / 2) : calmUntilRaised;
            raised = true;
            limit = Math.min(NONE - 1, limit + Math.max(1, limit / RAISED_BY_PART));
        }
    }

    private void free() {
        limit = NONE;
        frozen = false;
    }

    private void distrustProbe() {
        Objects.requireNonNull(probe).alone.distrust();
        probe = null;
        free();
    }

    private void note(LatencyProfile profile, Offer offer, int departed, int inFlight, long micros, long nowMicros) {
        if (profile != probe && !frozen && isBetterProbe(profile)) {
            probe = profile;
            probeName = offer.operation();
            comparedStay = 0;
            changedAt = nowMicros;
            forgetSamples();
        }
        if (profile != probe) {
            return;
        }
        sinceProbe = 0;
        watch(inFlight - profile.limit.inFlight(), departed + 1);
        if (frozen && micros <= TIMES_TO_FALL * profile.alone.get()) {
            free();
        }
        if (!frozen && nowMicros - micros < changedAt) {
            return;
        }
        int ownLeft = profile.departed - offer.ofOperationLeftBefore;
        int othersLeft = departed - offer.leftBefore - ownLeft;
        int othersBefore = offer.inFlightBefore - offer.ofOperationBefore;
        if (othersLeft > 2 * othersBefore + MIN_OTHERS && micros > TIMES_TO_FALL * profile.alone.get()) {
            // Others that came later have left earlier: it was not waiting.
            forgetSamples();
            free();
            return;
        }
        stay.add(micros);
        others.add(othersBefore + 1);
        ahead.add(offer.inFlightBefore + 1);
        atWork.add(Math.max(1, othersBefore - othersLeft + 1 + ownLeft * profile.alone.get() / micros));
        if (stay.isFull()) {
            judge(profile, nowMicros);
        }
    }

    private boolean isBetterProbe(LatencyProfile profile) {
        LatencyProfile quick = probe;
        return profile.alone.isKnown()
                && (quick == null || sinceProbe > GONE || 2 * profile.alone.get() < quick.alone.get());
    }

    private void judge(LatencyProfile quick, long nowMicros) {
        long stayed = stay.get();
        int working = (int) atWork.get();
        if (limit == NONE || frozen) {
            free();
            if (stayed > TIMES_TO_BEGIN * quick.alone.get()
                    && stayed > quick.ttl / TTL_PART
                    && 8L * working <= 7 * ahead.get()
                    && others.get() >= Math.max(MIN_OTHERS, working / 2)) {
                begin(working, nowMicros);
                comparedStay = stayed;
            }
            return;
        }
        if (stayed <= TIMES_TO_FALL * quick.alone.get()) {
            comparedStay = 0;
            return;
        }
        if (limit == 1 || (comparedStay > 0 && 10 * stayed > 9 * comparedStay)) {
            quick.limit.takesByNature(stayed);
            distrustProbe();
        } else if (working < limit) {
            calmUntilRaised = raised ? Math.min(MAX_CALM, 2 * calmUntilRaised) : calmUntilRaised;
            comparedStay = stayed;
            change(working, nowMicros);
        }
    }

    /** Names all fields. */
    void state(State state, Capacity capacity) {
        limit = state.number("limit", limit);
        frozen = state.flag("frozen", frozen);
        frozenDeparted = state.number("frozen_departed", frozenDeparted);
        probe = state.shared("probe", probe, () -> new LatencyProfile(capacity));
        probeName = Objects.requireNonNull(state.text("probe_name", probeName));
        sinceProbe = state.number("since_probe", sinceProbe);
        changedAt = state.number("changed_at", changedAt);
        state.part("stay", stay);
        state.part("at_work", atWork);
        state.part("others", others);
        state.part("ahead", ahead);
        comparedStay = state.number("compared_stay", comparedStay);
        watchedOthers = state.number("watched_others", watchedOthers);
        watchedDeparted = state.number("watched_departed", watchedDeparted);
        spare = state.number("spare", spare);
        calmSince = state.number("calm_since", calmSince);
        calmUntilRaised = state.number("calm_until_raised", calmUntilRaised);
        raised = state.flag("raised", raised);
    }
}
