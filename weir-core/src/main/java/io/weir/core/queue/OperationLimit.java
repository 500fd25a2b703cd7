package io.weir.core.queue;

import io.weir.core.queue.QueueStats.OperationStats;
import io.weir.core.state.State;
import org.jspecify.annotations.Nullable;

/*
 * Little's law: where calls stay for R in the mean and leave at a rate of X, N = X * R are in flight. So an operation
 * whose calls may take R has X * R of them in flight, and no more. X is measured: what left while about as many were
 * in flight as now. An upstream that copes finishes more the more it has, so its limit stays above what it has and
 * never acts. One that is at its end finishes no more for having more, and then the limit is what it can do in time.
 *
 * What a call may take is a part of its time to live, but at least twice what calls take that found little in flight:
 * a tool that is slow by nature is not overload. If fewer in flight take as long as more did, that is their nature.
 *
 * Where the limit has been reached for long enough to say something about throughput, a search finds whether fewer
 * do as well, so that what waits does so here, where it has a priority and a turn, and not at the upstream.
 *
 * Source: Little, "A Proof for the Queuing Formula: L = lambda W", Operations Research 9, 1961.
 */

/**
 * How many calls of one operation an upstream may have in flight: without limit until there is evidence that it cannot
 * cope with more. Times are in microseconds. Every operation is O(1). Not thread-safe.
 */
final class OperationLimit implements State.Stateful {
    private static final int NONE = Capacity.MAX;

    /** PendingCallbacks over which throughput is taken, and how many make it known at all. */
    private static final int SAMPLES = 64;

    private static final int MIN_SAMPLES = 2;

    /**
     * Calls that found at most a quarter of those in flight say how long they take alone; some such calls have to be
     * known.
     */
    private static final int CALM_PART = 4;

    private static final int MIN_CALM = 8;

    /** From so many departures on, throughput is known for more than a start. */
    private static final int KNOWN = 64;

    /**
     * What is known of some in flight says nothing about more than twice as many; few may be twice as many by chance.
     */
    private static final int FEW = 4;

    /**
     * PendingCallbacks in a row with the limit reached after which a search begins: so many, and so many times the
     * limit.
     */
    private static final int SEARCH_DEPARTURES = 64;

    private static final int SEARCH_TURNS = 4;

    /**
     * PendingCallbacks in a row with the limit not reached after which there is none any more: so many, and so many
     * times the limit.
     */
    private static final int SPARE_DEPARTURES = 64;

    private static final int SPARE_TURNS = 2;

    private static final int MANY = 1 << 20;

    private final Capacity capacity;
    private int inFlight;
    private int limit = NONE;

    /** How long a call may be at the upstream, as last judged. */
    private long mayStay;

    private long inFlightTime;
    private long inFlightTimeAt;

    /** When a call last left, or the first one came of those in flight. */
    private long last;

    /**
     * Whether none has left since none was in flight: until one has, time says how long a call takes, and not how many
     * leave.
     */
    private boolean isFirst;

    private final MovingMean interval = new MovingMean(SAMPLES);
    private final MovingMean number = new MovingMean(SAMPLES);
    /** PendingCallbacks since it is not known how many the upstream copes with, and in all. */
    private int pendingCallbacks;

    private int known;

    private final MovingMean calm = new MovingMean(SAMPLES);
    private int calmSamples;

    /** How many were in flight, and for how long, when that was last compared; 0 if it was not. */
    private long comparedNumber;

    private long comparedTime;

    /** PendingCallbacks in a row with the limit reached, about, and such with the limit not reached. */
    private int reached;

    private int spare;

    private @Nullable ThroughputSearch search;

    /** Without any limit until there is evidence; none at all if the upstream's capacity is fixed. */
    OperationLimit(Capacity capacity) {
        this.capacity = capacity;
    }

    /** How many may be in flight; {@link Capacity#MOST} without a limit. */
    int limit() {
        return search == null ? limit : Math.min(limit, search.limit());
    }

    int inFlight() {
        return inFlight;
    }

    /**
     * After what time so many more have been dispatched, in microseconds: calls end one after the other, and no other
     * is dispatched before those beyond the limit have ended. 0 without a limit.
     */
    long untilDispatched(long more) {
        return limit == NONE ? 0 : Math.max(0, inFlight + more - limit()) * interval.get();
    }

    /** When a call last left, or the first one came of those in flight. */
    long lastDeparture() {
        return last;
    }

    /**
     * How many were in flight, times how long, since the beginning: what it grows by, over the time, is the mean
     * number.
     */
    long inFlightTime() {
        return inFlightTime;
    }

    /** Whether any are in flight, or limited. */
    boolean isOfNote() {
        return inFlight > 0 || limit() < NONE;
    }

    /** How long it takes until one of them has ended, and another is dispatched, in microseconds. 0 without a limit. */
    long untilNext() {
        return limit == NONE ? 0 : interval.get();
    }

    OperationStats stats(String operation) {
        return new OperationStats(operation, inFlight, limit(), 1000 * number.get() * interval.get(), 1000 * mayStay);
    }

    /** Whether so many more may be dispatched. One may always, and a batch alone. */
    boolean hasRoom(int messages) {
        return inFlight == 0 || inFlight + (long) messages <= limit();
    }

    /**
     * Notes that the upstream is given messages.
     *
     * @param ttlMicros how long they may take from when they came
     */
    void dispatched(int messages, long ttlMicros, long nowMicros) {
        if (inFlight == 0) {
            isFirst = true;
            last = nowMicros;
        }
        advance(nowMicros);
        inFlight += messages;
        if (limit == NONE && inFlight > 2 * Math.max(FEW, number.get())) {
            if (calmSamples >= MIN_CALM && nowMicros - last > allowed(ttlMicros)) {
                limit = inFlight; // None has left for longer than a call may stay: no more until some do.
                restart();
                isFirst = true;
            } else if (pendingCallbacks > 0) {
                restart();
            }
        }
    }

    private void restart() {
        interval.clear();
        number.clear();
        pendingCallbacks = 0;
        comparedNumber = 0;
    }

    /**
     * Notes that messages have left the upstream, whatever became of them.
     *
     * @param inFlightBefore how many of the operation were in flight when they were dispatched, without them
     * @param inFlightTimeBefore {@link #inFlightTime} when they were dispatched
     * @param latencyMicros how long the upstream had them
     * @param completed whether it has answered them in time
     * @param ttlMicros how long they may take from when they came
     */
    void left(
            int messages,
            int inFlightBefore,
            long inFlightTimeBefore,
            long latencyMicros,
            boolean completed,
            long ttlMicros,
            long nowMicros) {
        advance(nowMicros);
        int before = inFlight;
        inFlight -= messages;
        if (!capacity.adaptive()) {
            return;
        }
        if (isFirst) {
            isFirst = false;
        } else {
            interval.add(Math.max(0, nowMicros - last) / messages);
            number.add(before);
            pendingCallbacks = Math.min(MANY, pendingCallbacks + 1);
            known = Math.min(MANY, known + 1);
        }
        last = nowMicros;
        if (completed && isCalm(before, inFlightBefore, (inFlightTime - inFlightTimeBefore) / latencyMicros)) {
            learnCalm(latencyMicros);
        }
        if (pendingCallbacks >= MIN_SAMPLES) {
            limit(ttlMicros);
            compare();
        }
        if (limit < NONE) {
            search(messages, latencyMicros, before, completed, nowMicros);
        }
    }

    /** Begins to limit once calls take longer than they may. */
    private void limit(long ttl) {
        long allowed = allowed(ttl);
        mayStay = allowed;
        if (limit < NONE || number.get() * interval.get() > allowed) {
            limit = (int) Math.max(1, Math.min(NONE - 1, allowed / interval.get()));
        }
    }

    private void advance(long nowMicros) {
        inFlightTime += inFlight * (nowMicros - inFlightTimeAt);
        inFlightTimeAt = nowMicros;
    }

    /**
     * Whether a call says how long calls take with little in flight. Without a limit it is enough that it found little:
     * the rest of a burst came after it. With a limit there is a queue, or work is shared, and what came after it may
     * have held it up.
     */
    private boolean isCalm(int inFlightAtEnd, int inFlightBefore, long meanInFlight) {
        return inFlightBefore < Math.max(1, inFlightAtEnd / CALM_PART)
                && (limit == NONE || meanInFlight <= Math.max(1, number.get() / CALM_PART));
    }

    /** Notes that calls take so long whatever else is in flight. */
    void takesByNature(long micros) {
        calm.clear();
        calm.add(micros);
        calmSamples = MIN_CALM;
        limit = NONE;
        search = null;
        restart();
    }

    private void learnCalm(long micros) {
        calm.add(micros);
        calmSamples = Math.min(MANY, calmSamples + 1);
    }

    /** How long a call may be at the upstream. */
    private long allowed(long ttl) {
        long own = calm.get();
        if (calmSamples < MIN_CALM) {
            return Math.max(own * 5 / 4, known < KNOWN ? ttl / 2 : ttl * 3 / 8);
        }
        long natural = Math.max(Math.min(2 * own, ttl / 2), own * 5 / 4);
        return Math.max(natural, Math.min(ttl * 3 / 8, Math.max(ttl / 4, 4 * own)));
    }

    /** If fewer in flight take as long as more did, that is what they take alone. */
    private void compare() {
        if (pendingCallbacks % SAMPLES != 0) {
            return;
        }
        long time = number.get() * interval.get();
        if (4 * number.get() <= 3 * comparedNumber) {
            if (10 * time >= 9 * comparedTime) {
                calm.clear();
                calm.add(time);
                calmSamples = MIN_CALM;
            }
        } else if (number.get() <= comparedNumber) {
            return;
        }
        comparedNumber = number.get();
        comparedTime = time;
    }

    private void search(int messages, long latencyMicros, int before, boolean completed, long nowMicros) {
        int most = limit();
        if (before >= most - most / 8) {
            reached = Math.min(MANY, reached + 1);
            spare = 0;
        } else {
            reached /= 4;
            spare++;
        }
        if (spare > Math.max(SPARE_DEPARTURES, (long) SPARE_TURNS * most)) {
            limit = NONE;
            search = null;
            reached = 0;
            spare = 0;
        } else if (search != null) {
            if (completed) {
                search.finished(messages, latencyMicros, before, nowMicros);
            }
        } else if (reached >= Math.max(SEARCH_DEPARTURES, (long) SEARCH_TURNS * most)) {
            search = new ThroughputSearch(capacity.limit(), most, SAMPLES, SAMPLES * interval.get());
        }
    }

    @Override
    public void state(State state) {
        inFlight = state.number("in_flight", inFlight);
        limit = state.number("limit", limit);
        mayStay = state.number("may_stay", mayStay);
        inFlightTime = state.number("in_flight_time", inFlightTime);
        inFlightTimeAt = state.number("in_flight_time_at", inFlightTimeAt);
        last = state.number("last", last);
        isFirst = state.flag("is_first", isFirst);
        state.part("interval", interval);
        state.part("number", number);
        pendingCallbacks = state.number("departures", pendingCallbacks);
        known = state.number("known", known);
        state.part("calm", calm);
        calmSamples = state.number("calm_samples", calmSamples);
        comparedNumber = state.number("compared_number", comparedNumber);
        comparedTime = state.number("compared_time", comparedTime);
        reached = state.number("reached", reached);
        spare = state.number("spare", spare);
        search = state.shared("search", search, () -> new ThroughputSearch(capacity.limit(), 1, 0, 1));
    }
}
