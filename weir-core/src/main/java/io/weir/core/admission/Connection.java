package io.weir.core.admission;

import io.weir.core.ConnectionStats;
import io.weir.core.Count;
import io.weir.core.Priority;
import io.weir.core.Reason;
import io.weir.core.Scope;
import io.weir.core.admission.ActiveConfig.TenantRules;
import io.weir.core.state.State;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/*
 * A connection is retired when it has been idle, so that its memory can go; but a thread may be about to use it. Both
 * write before they read: the cleaner marks it retired and then looks whether it holds anything; a decision reserves
 * (or counts a refusal) and then looks whether it is retired. One of them sees the other, and gives way.
 */

/**
 * One connection's pending messages, rate and counters. Obtained from {@link Admission#connection}; may be kept: a
 * decision on one that was forgotten for idleness goes to its successor. Thread-safe.
 */
public final class Connection extends PendingCounter {
    private static final VarHandle LAST_OFFERED;
    private static final VarHandle EVENT_COUNTERS;
    private static final VarHandle CONTROL;
    private static final VarHandle QUEUED;
    private static final VarHandle PAUSED;
    private static final EventCounters SEALED = new EventCounters();
    private static final long NOT_PAUSED = 0;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            LAST_OFFERED = lookup.findVarHandle(Connection.class, "lastOffered", long.class);
            EVENT_COUNTERS = lookup.findVarHandle(Connection.class, "eventCounters", EventCounters.class);
            CONTROL = lookup.findVarHandle(Connection.class, "control", ControlLane.class);
            QUEUED = lookup.findVarHandle(Connection.class, "queued", long.class);
            PAUSED = lookup.findVarHandle(Connection.class, "paused", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
        SEALED.sealInto(new Totals());
    }

    final Tenant owner;
    final ClientBucket bucket;
    private final PressureListener listener;
    private final String key;
    private final long knownSince;

    /** When something was last offered; by {@link #LAST_OFFERED} alone, opaque: only idleness is judged by it. */
    @SuppressWarnings("UnusedVariable")
    private long lastOffered;

    /** How much of what is pending waits in queues, as an {@link Amount}. */
    private volatile long queued;

    /**
     * The least that has to fit before this connection is read again, as an {@link Amount}: each field the smallest of
     * what was paused since the last wake-up. {@link #NOT_PAUSED} while it is read.
     */
    private volatile long paused;

    private volatile boolean retired;
    private volatile @Nullable EventCounters eventCounters;
    private volatile @Nullable ControlLane control;
    private volatile @Nullable Totals baseline;

    Connection(Tenant owner, String key, PressureListener listener, long now) {
        this.owner = owner;
        this.key = key;
        this.listener = listener;
        this.bucket = new ClientBucket(now);
        this.knownSince = now;
        this.lastOffered = now;
    }

    /** The key of the tenant that this connection belongs to. */
    public String tenant() {
        return owner.key;
    }

    /** The key of this connection, unique within its tenant. */
    public String key() {
        return key;
    }

    /** Notes that something is offered now, and returns the time to decide by: a clock never steps back here. */
    long touch(long now) {
        long last = (long) LAST_OFFERED.getOpaque(this);
        if (now - last > 0) {
            LAST_OFFERED.setOpaque(this, now);
            return now;
        }
        return last;
    }

    /** Notes that what was reserved is admitted by all: only then does it count towards the pressure. */
    void noteAdmitted(Limit limit) {
        rose(limit, pending());
    }

    /** Takes back a reservation that another limit or a new configuration rejected, and tells who may have seen it. */
    void undo(ActiveConfig activeConfig, long amount) {
        undo(amount);
        if (isRaised()) {
            fell(owner.rules(activeConfig).connection, pending());
        }
        wakeIfDrained(activeConfig);
    }

    /** When something was last offered. */
    long lastOffered() {
        return (long) LAST_OFFERED.getOpaque(this);
    }

    /** Bounds what the buckets are owed by what they can hold now. */
    void boundDebt(TenantRules rules, long now) {
        bucket.boundDebt(rules.connectionRate, now);
        ControlLane lane = control;
        if (lane != null) {
            lane.bucket.boundDebt(rules.activeConfig.controlRate, now);
        }
    }

    boolean isRetired() {
        return retired;
    }

    ControlLane control(long now) {
        ControlLane lane = control;
        if (lane == null) {
            ControlLane made = new ControlLane(now);
            lane = CONTROL.compareAndSet(this, null, made) ? made : control(now);
        }
        return lane;
    }

    /** Counts a rarer event; false, and nothing counted, if this connection is retired. */
    boolean count(int event, long amount) {
        EventCounters current = eventCounters;
        while (current == null) {
            EventCounters made = new EventCounters();
            current = EVENT_COUNTERS.compareAndSet(this, null, made) ? made : eventCounters;
        }
        return current.count(event, amount);
    }

    /**
     * Reserves a time to come back with what was refused and counted: of this connection's own rate, or of its
     * tenant's.
     */
    long retryAfter(Reason reason, long earliest, long interval, long now) {
        EventCounters counted = eventCounters;
        RetrySlot slot = reason == Reason.RATE && counted != null ? counted.rateRetries : owner.rateRetries;
        return slot.reserve(earliest, interval, now);
    }

    /** Moves an amount into the queues, or out of them again. */
    void queued(long amount, boolean entered) {
        long before;
        long after;
        do {
            before = queued;
            after = entered ? Amount.plus(before, amount) : Amount.minus(before, amount);
        } while (!QUEUED.compareAndSet(this, before, after));
    }

    /*
     * No wake-up is lost: whoever pauses writes `paused` and then reads the pending amount and the configuration;
     * whoever releases, or replaces the configuration, writes that and then reads `paused`. One of the two sees the
     * other, and wakes.
     */

    /** Marks this connection as not to be read any further; {@link #wakeIfDrained} has to be called after it. */
    void pause(long amount) {
        long before;
        long after;
        do {
            before = paused;
            after = before == NOT_PAUSED
                    ? amount
                    : Amount.of(
                            Math.min(Amount.messages(before), Amount.messages(amount)),
                            Math.min(Amount.bytes(before), Amount.bytes(amount)));
        } while (before != after && !PAUSED.compareAndSet(this, before, after));
    }

    /**
     * Tells the listener if this connection is paused and is to be read again. To be called after every pause, release
     * and reservation undone, with the configuration as it is read after that.
     */
    void wakeIfDrained(ActiveConfig now) {
        long waits = paused;
        while (waits != NOT_PAUSED && now.mayResume(owner.rules(now).connection, waits, pending())) {
            if (PAUSED.compareAndSet(this, waits, NOT_PAUSED)) {
                notifyDrained();
                return;
            }
            waits = paused;
        }
    }

    /** Tells the listener if this connection is paused, whatever it holds. */
    void wake() {
        if ((long) PAUSED.getAndSet(this, NOT_PAUSED) != NOT_PAUSED) {
            notifyDrained();
        }
    }

    private void notifyDrained() {
        try {
            listener.onDrained(owner.key, key);
        } catch (RuntimeException e) {
            // As PressureListener promises: a listener's failure is not the message's.
        }
    }

    /** Whether a message of that priority is shed for what this connection holds. */
    boolean isUnderPressure(Limit limit, Priority priority) {
        return isShedding(limit, pending(), priority);
    }

    /**
     * Retires this connection if it has been idle since {@code idleSince}, holds nothing, its bucket is full, and
     * nobody is yet to come back to it as told.
     */
    boolean retire(long now, long idleNanos) {
        if (!isIdle(now, idleNanos)) {
            return false;
        }
        retired = true;
        if (isIdle(now, idleNanos)) {
            return true;
        }
        retired = false;
        return false;
    }

    private boolean isIdle(long now, long idleNanos) {
        ControlLane lane = control;
        EventCounters counted = eventCounters;
        return now - (long) LAST_OFFERED.getOpaque(this) >= idleNanos
                && pending() == 0
                && (lane == null || (lane.pending() == 0 && lane.bucket.isFull(now)))
                && bucket.isFull(now)
                && (counted == null || counted.rateRetries.isOver(now));
    }

    /** Ends the counting of a retired connection and adds what was counted. */
    void sealInto(Totals totals) {
        addFinallyTo(totals);
        ControlLane lane = control;
        if (lane != null) {
            lane.addFinallyTo(totals);
        }
        EventCounters last = eventCounters;
        while (last == null && !EVENT_COUNTERS.compareAndSet(this, null, SEALED)) {
            last = eventCounters;
        }
        if (last != null) {
            last.sealInto(totals);
        }
    }

    void addAllTo(Totals totals) {
        EventCounters current = eventCounters;
        if (current != null) {
            current.addTo(totals);
        }
        totals.queued(Amount.count(queued));
        addTo(totals);
        ControlLane lane = control;
        if (lane != null) {
            lane.addTo(totals);
        }
    }

    /** Lets the counters that {@link #stats} shows start again from what is in flight. */
    void reset() {
        Totals totals = new Totals();
        addAllTo(totals);
        baseline = totals;
    }

    ConnectionStats stats() {
        Totals totals = new Totals();
        addAllTo(totals);
        Totals since = baseline;
        ControlLane lane = control;
        return new ConnectionStats(
                tenant(),
                key,
                Amount.count(pending()),
                lane == null ? Count.ZERO : Amount.count(lane.pending()),
                (since == null ? totals : totals.since(since)).toFlow(),
                knownSince,
                lastOffered());
    }

    /** How many messages were rejected since this was made or reset. */
    long rejectedMessages() {
        EventCounters counted = eventCounters;
        Totals since = baseline;
        return (counted == null ? 0 : counted.rejectedMessages()) - (since == null ? 0 : since.rejectedMessages());
    }

    @Override
    PressureListener listener() {
        return listener;
    }

    @Override
    Scope scope() {
        return Scope.CONNECTION;
    }

    @Override
    String tenantName() {
        return tenant();
    }

    @Override
    String name() {
        return key;
    }

    /** Takes an amount that was admitted before, whatever the limits are now. */
    void resume(Limit unlimited, long amount) {
        reserve(unlimited, Amount.messages(amount), Amount.bytes(amount));
        owner.resume(unlimited, amount);
    }

    /** Whether a new connection in its place would decide the same. */
    boolean isAsNew(long now) {
        EventCounters counted = eventCounters;
        return pending() == 0
                && !isRaised()
                && paused == NOT_PAUSED
                && bucket.isFull(now)
                && (counted == null || counted.rateRetries.isOver(now));
    }

    /** Names all fields but statistics, the control lane, and what is pending. */
    void state(State state, Map<String, Object> upstreams, long now) {
        pressure(state);
        paused = state.number("paused", paused);
        bucket.state(state, upstreams, now);
        EventCounters counted = eventCounters;
        if (counted == null) {
            counted = new EventCounters();
            eventCounters = counted;
        }
        counted.rateRetries.state(state, now);
    }
}
