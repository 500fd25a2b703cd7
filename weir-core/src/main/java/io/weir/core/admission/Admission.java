package io.weir.core.admission;

import io.weir.core.ConnectionOrder;
import io.weir.core.ConnectionPage;
import io.weir.core.ConnectionPending;
import io.weir.core.ConnectionStats;
import io.weir.core.GlobalStats;
import io.weir.core.Outcome;
import io.weir.core.Priority;
import io.weir.core.Reason;
import io.weir.core.Scope;
import io.weir.core.Survey;
import io.weir.core.TenantBreakdown;
import io.weir.core.TenantStats;
import io.weir.core.admission.ActiveConfig.TenantRules;
import io.weir.core.config.QueueLimitsConfig;
import io.weir.core.config.WeirConfig;
import io.weir.core.config.WeirConfigBuilder;
import io.weir.core.rate.Rate;
import io.weir.core.rate.TokenBucket;
import io.weir.core.state.State;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/*
 * A decision reads one active configuration, looks whether every bucket and every limit would let the message pass,
 * takes from each of them, and then looks whether the active configuration still holds: if it was replaced or closed
 * meanwhile, everything is taken back and the decision begins anew. So what was admitted was admitted under a
 * configuration that held at that moment, and after update() or close() returns nothing is admitted under the old one.
 *
 * Looking first keeps refusals cheap (nothing is written but the count) and keeps a message that a limit rejects from
 * using up the rate. A reservation that fails half-way is rolled back in reverse; until then it may reject another
 * message that would have fitted, but never lets one pass that does not.
 */

/**
 * Decides on every offered message and holds what it admitted within hard limits: per connection, per tenant and for
 * the process, in messages and in bytes. Thread-safe; every method may be called from any thread. Admitting, rejecting
 * and releasing allocate nothing but, once per connection, its counters of refusals and its control lane. Time is
 * passed in: nanoseconds of one monotonic clock of the caller's.
 */
public final class Admission implements AutoCloseable {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final Limit UNLIMITED = new Limit(QueueLimitsConfig.MAX_MESSAGES, QueueLimitsConfig.MAX_BYTES, 100);

    private final Global global;
    private final Registry registry;
    private volatile ActiveConfig activeConfig;

    /**
     * Opens with that configuration.
     *
     * @param listener is told of crossings of the pressure threshold
     */
    public Admission(WeirConfig config, PressureListener listener) {
        this(config, listener, true);
    }

    private Admission(WeirConfig config, PressureListener listener, boolean leases) {
        this.global = new Global(listener, leases);
        this.registry = new Registry(global, listener);
        this.activeConfig = new ActiveConfig(config, false);
    }

    /**
     * Opens with that configuration, and decides the same whichever threads ask: credit that a thread has leased counts
     * towards the pressure threshold, so here none is leased. To be used where decisions are to be made again, as with
     * a decision log.
     */
    public static Admission repeatable(WeirConfig config, PressureListener listener) {
        return new Admission(config, listener, false);
    }

    /** The configuration in force. */
    public WeirConfig config() {
        return activeConfig.config;
    }

    /**
     * Replaces single values of the configuration, atomically. When this returns, nothing is admitted under the old
     * one; what is pending stays so, even over a lowered limit. Limits that derive from others and were not set apart
     * follow them. A bucket that was drawn on at another rate is at worst empty.
     *
     * @param change is called again if another thread has replaced the configuration meanwhile; never under a lock
     * @return the configuration now in force
     * @throws io.weir.core.config.InvalidConfigException if a value is out of range; nothing is changed
     */
    public WeirConfig update(UnaryOperator<WeirConfigBuilder> change) {
        ActiveConfig before;
        ActiveConfig after;
        do {
            before = activeConfig;
            after = new ActiveConfig(change.apply(before.config.toBuilder()).build(), before.closed);
        } while (!replace(before, after));
        registry.wakeDrained(after);
        return after.config;
    }

    /**
     * Replaces the configuration as a whole, atomically, as {@link #update(UnaryOperator)} replaces values of it.
     *
     * @param nowNanos the time now: what a bucket is owed is bounded as of then
     */
    public void update(WeirConfig next, long nowNanos) {
        ActiveConfig after;
        synchronized (this) {
            after = new ActiveConfig(next, activeConfig.closed);
            put(after);
            registry.boundDebts(after, nowNanos);
        }
        registry.wakeDrained(after);
    }

    private synchronized boolean replace(ActiveConfig before, ActiveConfig after) {
        if (activeConfig != before) {
            return false;
        }
        put(after);
        registry.boundDebts(after);
        return true;
    }

    private synchronized void put(ActiveConfig next) {
        activeConfig = next;
        global.revokeAll();
    }

    /** The connection of that key, made if there is none. */
    public Connection connection(String tenant, String key, long nowNanos) {
        return registry.findOrMake(tenant, key, nowNanos);
    }

    /**
     * The connection of that key; made only if fewer than {@code most} connections are known in all tenants. Where that
     * many are, those that hold nothing and have their whole rate unused are forgotten at once, idle time or not:
     * nothing of their limits is lost with them, and their counts stay in their tenants'. Threads that make connections
     * at the same time may pass {@code most} by their number.
     *
     * @return null if it is not known and there is no room for it
     */
    public @Nullable Connection connection(String tenant, String key, int most, long nowNanos) {
        return registry.findOrMake(tenant, key, most, nowNanos);
    }

    /**
     * What {@link #admit} would decide now; changes nothing. The reservation receives the reason, and must not be held.
     */
    public Decision probe(Connection connection, Reservation reservation, int messages, long bytes, long nowNanos) {
        check(reservation, messages, bytes);
        ActiveConfig current = activeConfig;
        TenantRules rules = connection.owner.rules(current);
        return wouldPass(connection, rules, reservation, Priority.CALL, null, messages, bytes, nowNanos)
                ? Decision.ADMITTED
                : rejecting(current, reservation);
    }

    /**
     * Whether messages would fit every limit if so much less of that connection were pending. Changes nothing. Where a
     * tenant leases credit, its limits may be answered for too early: then they decide when the messages are offered.
     *
     * @param fewerMessages of what this connection has pending now
     * @param fewerBytes theirs
     */
    public boolean fitsWithout(Connection connection, long fewerMessages, long fewerBytes, int messages, long bytes) {
        TenantRules rules = connection.owner.rules(activeConfig);
        long fewer = Amount.of((int) fewerMessages, fewerBytes);
        return rules.connection.fits(Amount.minus(connection.pending(), fewer), messages, bytes)
                && connection.owner.fitsWithout(rules, fewer, messages, bytes);
    }

    private static Decision rejecting(ActiveConfig current, Reservation reservation) {
        return current.rejecting(rejectionReason(reservation), reservation.canWait());
    }

    private static Reason rejectionReason(Reservation rejected) {
        return Objects.requireNonNull(rejected.reason());
    }

    /**
     * Offers calls at the configured rates: as {@link #admit(Connection, Reservation, Priority, EffectiveRates, int,
     * long, long)}.
     */
    public Decision admit(Connection connection, Reservation reservation, int messages, long bytes, long nowNanos) {
        return admit(connection, reservation, Priority.CALL, null, messages, bytes, nowNanos);
    }

    /**
     * Offers messages to the rate and then to the limits, and records them in one atomic step if all of these let them
     * pass, and no pressure sheds them.
     *
     * @param reservation not held; holds the messages if they are admitted, else the reason
     * @param rates the rates for the time being; null for the configured ones
     * @param messages 1, or the length of a batch; at most {@link Reservation#MAX_MESSAGES}
     * @param bytes their size on the wire; at most {@link Reservation#MAX_BYTES}
     * @throws IllegalStateException if the reservation is held
     */
    public Decision admit(
            Connection connection,
            Reservation reservation,
            Priority priority,
            @Nullable EffectiveRates rates,
            int messages,
            long bytes,
            long nowNanos) {
        check(reservation, messages, bytes);
        long amount = Amount.of(messages, bytes);
        Connection target = connection;
        for (; ; ) {
            ActiveConfig current = activeConfig;
            EffectiveRates lowered = rates == null || rates.activeConfig == current
                    ? rates
                    : new EffectiveRates(current, rates.upstream, rates.permille());
            if (target.isRetired()) {
                target = registry.findOrMake(target.tenant(), target.key(), nowNanos);
            }
            long now = target.touch(nowNanos);
            TenantRules rules = target.owner.rules(current);
            if (wouldPass(target, rules, reservation, priority, lowered, messages, bytes, now)
                    && take(target, rules, reservation, lowered, messages, bytes, now)) {
                if (activeConfig == current && !target.isRetired()) {
                    reservation.charged(current, lowered, now);
                    reservation.hold(target, amount, false);
                    return Decision.ADMITTED;
                }
                undo(target, rules, lowered, messages, amount, now);
            } else if (activeConfig == current) {
                Decision decision = rejecting(current, reservation);
                if (decision == Decision.PAUSED) {
                    target.pause(amount);
                    target.wakeIfDrained(activeConfig);
                    return decision;
                }
                if (target.count(rejected(decision, reservation), amount)) {
                    spreadRetries(target, reservation, messages, now);
                    return decision;
                }
            }
        }
    }

    /**
     * The configured rates, lowered to so many thousandths, 1 to 1000, for all upstreams that have no key of their own.
     */
    public EffectiveRates effectiveRates(int permille) {
        return effectiveRates(this, permille, null);
    }

    /**
     * The configured rates, lowered for one upstream.
     *
     * @param upstream identifies the upstream: what passes at the lowered rates of one key is counted together
     * @param permille to how many thousandths, 1 to 1000
     * @param known answered if it is what would be made
     */
    public EffectiveRates effectiveRates(Object upstream, int permille, @Nullable EffectiveRates known) {
        if (permille < 1 || permille > 1000) {
            throw new IllegalArgumentException("permille " + permille);
        }
        ActiveConfig current = activeConfig;
        return known != null
                        && known.activeConfig == current
                        && known.permille() == permille
                        && known.upstream == upstream
                ? known
                : new EffectiveRates(current, upstream, permille);
    }

    private static void check(Reservation reservation, int messages, long bytes) {
        reservation.requireFree();
        if (messages < 1 || messages > Reservation.MAX_MESSAGES || bytes < 0 || bytes > Reservation.MAX_BYTES) {
            throw new IllegalArgumentException("messages " + messages + ", bytes " + bytes);
        }
    }

    private static boolean wouldPass(
            Connection target,
            TenantRules rules,
            Reservation reservation,
            Priority priority,
            @Nullable EffectiveRates lowered,
            int messages,
            long bytes,
            long now) {
        if (rules.activeConfig.closed) {
            reservation.rejectClosed();
            return false;
        }
        if (!wouldPassRates(target, rules, reservation, lowered, messages, now)) {
            return false;
        }
        return wouldFit(target, rules, reservation, messages, bytes)
                && (priority == Priority.CALL || !isShed(target, rules, reservation, priority));
    }

    private static boolean wouldFit(
            Connection target, TenantRules rules, Reservation reservation, int messages, long bytes) {
        return fits(
                        target.heldIfFull(rules.connection, messages, bytes),
                        Reason.CONNECTION_MESSAGES,
                        rules.connection,
                        reservation,
                        messages,
                        bytes)
                && fits(
                        target.owner.heldIfFull(rules, messages, bytes),
                        Reason.TENANT_MESSAGES,
                        rules.tenant,
                        reservation,
                        messages,
                        bytes)
                && fits(
                        target.owner.heldIfGlobalFull(rules.activeConfig, messages, bytes),
                        Reason.GLOBAL_MESSAGES,
                        rules.activeConfig.global,
                        reservation,
                        messages,
                        bytes);
    }

    /** Whether a limit has let the amount pass; if not, the reservation says why. */
    private static boolean fits(
            long heldIfFull, Reason messagesReason, Limit limit, Reservation reservation, int messages, long bytes) {
        if (heldIfFull == Amount.NONE) {
            return true;
        }
        reservation.reject(messagesReason, limit, heldIfFull, messages, bytes);
        return false;
    }

    private static boolean isShed(Connection target, TenantRules rules, Reservation reservation, Priority priority) {
        if (target.isUnderPressure(rules.connection, priority)) {
            reservation.rejectByPressure(Scope.CONNECTION, rules.connection, target.pending());
            return true;
        }
        Scope pressed = target.owner.shedding(rules, priority);
        if (pressed == null) {
            return false;
        }
        boolean tenant = pressed == Scope.TENANT;
        reservation.rejectByPressure(
                pressed,
                tenant ? rules.tenant : rules.activeConfig.global,
                tenant ? target.owner.taken() : target.owner.takenOfAll());
        return true;
    }

    private static boolean take(
            Connection target,
            TenantRules rules,
            Reservation reservation,
            @Nullable EffectiveRates lowered,
            int messages,
            long bytes,
            long now) {
        if (!takeRates(target, rules, reservation, lowered, messages, now)) {
            return false;
        }
        long held = target.reserve(rules.connection, messages, bytes);
        if (fits(held, Reason.CONNECTION_MESSAGES, rules.connection, reservation, messages, bytes)) {
            Scope full = target.owner.reserve(rules, messages, bytes);
            if (full == null) {
                target.noteAdmitted(rules.connection);
                return true;
            }
            if (full == Scope.TENANT) {
                reservation.reject(Reason.TENANT_MESSAGES, rules.tenant, target.owner.taken(), messages, bytes);
            } else {
                reservation.reject(
                        Reason.GLOBAL_MESSAGES, rules.activeConfig.global, target.owner.takenOfAll(), messages, bytes);
            }
            target.undo(rules.activeConfig, Amount.of(messages, bytes));
        }
        refundRates(target, rules, lowered, messages, now);
        return false;
    }

    /**
     * Whether every bucket would let the messages pass; if not, the reservation names the one that takes longest to.
     */
    private static boolean wouldPassRates(
            Connection target,
            TenantRules rules,
            Reservation reservation,
            @Nullable EffectiveRates lowered,
            int messages,
            long now) {
        boolean tenants = rules.limitsRate;
        long own = target.bucket.waitNanos(rules.connectionRate, now, messages);
        long tenant = tenants ? target.owner.bucket.waitNanos(rules.tenantRate, now, messages) : 0;
        if (own <= 0 && tenant <= 0 && lowered == null) {
            return true;
        }
        long loweredOwn = 0;
        long loweredTenant = 0;
        if (lowered != null) {
            EffectiveRates.Lowered rates = lowered.of(rules);
            loweredOwn = lowered.bucket(target, now).waitNanosOfAny(rates.connection, now, messages);
            loweredTenant = tenants ? lowered.tenantBucket(target, now).waitNanosOfAny(rates.tenant, now, messages) : 0;
        }
        long wait = Math.max(Math.max(own, tenant), Math.max(loweredOwn, loweredTenant));
        if (wait <= 0) {
            return true;
        }
        boolean never = messages > rules.connectionRate.burst() || (tenants && messages > rules.tenantRate.burst());
        if (wait == own) {
            reservation.reject(Reason.RATE, rules.connectionRate, never, wait);
        } else if (wait == tenant) {
            reservation.reject(Reason.TENANT_RATE, rules.tenantRate, never, wait);
        } else if (lowered != null) {
            boolean connection = wait == loweredOwn;
            reservation.reject(
                    connection ? Reason.RATE : Reason.TENANT_RATE,
                    connection ? lowered.of(rules).connection : lowered.of(rules).tenant,
                    never,
                    wait);
        }
        return false;
    }

    /** Takes from every bucket, or from none; then the reservation says why. */
    private static boolean takeRates(
            Connection target,
            TenantRules rules,
            Reservation reservation,
            @Nullable EffectiveRates lowered,
            int messages,
            long now) {
        do {
            if (takeConfiguredRates(target, rules, messages, now)) {
                if (lowered == null || takeLoweredRates(target, rules, lowered, messages, now)) {
                    return true;
                }
                refundConfiguredRates(target, rules, messages);
            }
            // Another message may have given back meanwhile what it took: then nothing stands against this one.
        } while (wouldPassRates(target, rules, reservation, lowered, messages, now));
        return false;
    }

    private static boolean takeConfiguredRates(Connection target, TenantRules rules, int messages, long now) {
        if (!target.bucket.take(rules.connectionRate, now, messages)) {
            return false;
        }
        if (rules.limitsRate && !target.owner.bucket.take(rules.tenantRate, now, messages)) {
            target.bucket.refund(rules.connectionRate, messages);
            return false;
        }
        return true;
    }

    private static boolean takeLoweredRates(
            Connection target, TenantRules rules, EffectiveRates lowered, int messages, long now) {
        EffectiveRates.Lowered rates = lowered.of(rules);
        TokenBucket own = lowered.bucket(target, now);
        if (!own.takeAny(rates.connection, now, messages)) {
            return false;
        }
        if (rules.limitsRate && !lowered.tenantBucket(target, now).takeAny(rates.tenant, now, messages)) {
            own.refund(rates.connection, messages);
            return false;
        }
        return true;
    }

    private static void refundConfiguredRates(Connection target, TenantRules rules, int messages) {
        target.bucket.refund(rules.connectionRate, messages);
        if (rules.limitsRate) {
            target.owner.bucket.refund(rules.tenantRate, messages);
        }
    }

    private static void refundRates(
            Connection target, TenantRules rules, @Nullable EffectiveRates lowered, int messages, long now) {
        refundConfiguredRates(target, rules, messages);
        if (lowered != null) {
            lowered.bucket(target, now).refund(lowered.of(rules).connection, messages);
            if (rules.limitsRate) {
                lowered.tenantBucket(target, now).refund(lowered.of(rules).tenant, messages);
            }
        }
    }

    private void undo(
            Connection target,
            TenantRules rules,
            @Nullable EffectiveRates lowered,
            int messages,
            long amount,
            long now) {
        target.owner.release(rules, amount);
        target.undo(activeConfig, amount);
        refundRates(target, rules, lowered, messages, now);
    }

    /**
     * Offers messages of the control lane, which only its own bounds reject. A connection that passes them is to be
     * closed: the decision is then {@link Decision#DISCONNECTED}, whatever the configured action. The lane stays open
     * while Weir closes, so that what is in flight can end well.
     *
     * @throws IllegalStateException if the reservation is held
     */
    public Decision admitControl(
            Connection connection, Reservation reservation, int messages, long bytes, long nowNanos) {
        check(reservation, messages, bytes);
        long amount = Amount.of(messages, bytes);
        Connection target = connection;
        for (; ; ) {
            ActiveConfig current = activeConfig;
            if (target.isRetired()) {
                target = registry.findOrMake(target.tenant(), target.key(), nowNanos);
            }
            long now = target.touch(nowNanos);
            ControlLane lane = target.control(now);
            if (takeControl(target, lane, current, reservation, messages, bytes, now)) {
                if (activeConfig == current && !target.isRetired()) {
                    reservation.hold(target, amount, true);
                    return Decision.ADMITTED;
                }
                global.controlPool.giveBack(current.globalControl, amount);
                lane.undo(amount);
                refundControlRate(target, lane, current, messages);
            } else if (activeConfig == current && target.count(controlRejected(reservation), amount)) {
                return Decision.DISCONNECTED;
            }
        }
    }

    private static void refundControlRate(Connection target, ControlLane lane, ActiveConfig current, int messages) {
        lane.bucket.refund(current.controlRate, messages);
        if (current.limitsTenantControl()) {
            target.owner.controlBucket.refund(current.tenantControlRate, messages);
        }
    }

    /**
     * How long control messages would have to wait for their rate, in nanoseconds; not positive if they need not.
     * Changes nothing.
     */
    public long controlWaitNanos(Connection connection, int messages, long nowNanos) {
        ActiveConfig current = activeConfig;
        long own = connection.control(nowNanos).bucket.waitNanos(current.controlRate, nowNanos, messages);
        return current.limitsTenantControl()
                ? Math.max(own, connection.owner.controlBucket.waitNanos(current.tenantControlRate, nowNanos, messages))
                : own;
    }

    private static int rejected(Decision decision, Reservation reservation) {
        return CountedEvent.rejected(
                decision, rejectionReason(reservation), Objects.requireNonNull(reservation.scope()));
    }

    private static int controlRejected(Reservation reservation) {
        return CountedEvent.rejected(Decision.DISCONNECTED, rejectionReason(reservation));
    }

    private boolean takeControl(
            Connection target,
            ControlLane lane,
            ActiveConfig current,
            Reservation reservation,
            int messages,
            long bytes,
            long now) {
        Rate rate = current.controlRate;
        if (!lane.bucket.take(rate, now, messages)) {
            reservation.reject(
                    Reason.CONTROL, rate, messages > rate.burst(), lane.bucket.waitNanos(rate, now, messages));
            return false;
        }
        TokenBucket tenantBucket = target.owner.controlBucket;
        Rate tenantRate = current.tenantControlRate;
        if (current.limitsTenantControl() && !tenantBucket.take(tenantRate, now, messages)) {
            lane.bucket.refund(rate, messages);
            reservation.reject(
                    Reason.CONTROL,
                    tenantRate,
                    messages > tenantRate.burst(),
                    tenantBucket.waitNanos(tenantRate, now, messages));
            return false;
        }
        long held = lane.reserve(current.control, messages, bytes);
        if (fits(held, Reason.CONTROL, current.control, reservation, messages, bytes)) {
            if (global.controlPool.take(current.globalControl, messages, bytes)) {
                return true;
            }
            reservation.reject(
                    Reason.GLOBAL_CONTROL, current.globalControl, global.controlPool.taken(), messages, bytes);
            lane.undo(Amount.of(messages, bytes));
        }
        refundControlRate(target, lane, current, messages);
        return false;
    }

    /**
     * Ends the holding of a reservation, exactly once.
     *
     * @return false if nothing is held (any more), and nothing was changed
     */
    public boolean release(Reservation reservation, Outcome outcome) {
        if (!reservation.end()) {
            return false;
        }
        // Whoever ended it alone may offer it again, and not before this returns: what it held still stands there.
        Connection holder = Objects.requireNonNull(reservation.holder());
        long amount = reservation.amount();
        boolean control = reservation.isControl();
        if (outcome != Outcome.COMPLETED) {
            count(holder, CountedEvent.ended(outcome), amount);
        }
        giveBack(holder, amount, control);
        return true;
    }

    /**
     * Rejects messages that the limits had let pass, because they would wait too long or their upstream fails: they
     * count as shed instead of admitted, and have not used the rate, if that is decided before any of it is refilled.
     *
     * @param reason {@link Reason#WAIT} or {@link Reason#CIRCUIT_OPEN}
     * @return false if nothing is held (any more), and nothing was changed
     */
    public boolean shed(Reservation reservation, Reason reason, long nowNanos) {
        int event = reason == Reason.WAIT ? CountedEvent.SHED_BY_WAIT : CountedEvent.SHED_BY_CIRCUIT;
        if (reservation.isControl() || !reservation.end()) {
            return false;
        }
        Connection holder = Objects.requireNonNull(reservation.holder());
        long amount = reservation.amount();
        count(holder, event, amount);
        giveBack(holder, amount, false);
        refundCharged(holder, reservation, Amount.messages(amount), nowNanos);
        return true;
    }

    /**
     * Gives back to the buckets of the holder what was charged, at the rates of then. Not if another configuration is
     * in force by now: replacing it has bounded what a bucket may be owed.
     */
    private void refundCharged(Connection holder, Reservation reservation, int messages, long now) {
        ActiveConfig current = activeConfig;
        if (reservation.chargedConfig() != current) {
            return;
        }
        TenantRules rules = holder.owner.rules(current);
        long chargedAt = reservation.chargedAt();
        holder.bucket.refund(rules.connectionRate, messages, chargedAt, now);
        if (rules.limitsRate) {
            holder.owner.bucket.refund(rules.tenantRate, messages, chargedAt, now);
        }
        EffectiveRates rates = reservation.chargedRates();
        if (rates != null) {
            EffectiveRates.Lowered lowered = rates.of(rules);
            rates.bucket(holder, now).refund(lowered.connection, messages, chargedAt, now);
            if (rules.limitsRate) {
                rates.tenantBucket(holder, now).refund(lowered.tenant, messages, chargedAt, now);
            }
        }
    }

    /**
     * Spreads those who come back with what a rate has refused; to be called once for each refusal, after it was
     * counted.
     */
    private static void spreadRetries(Connection refused, Reservation reservation, int messages, long now) {
        Reason reason = rejectionReason(reservation);
        long earliest = reservation.retryAfterNanos();
        if (earliest > 0 && (reason == Reason.RATE || reason == Reason.TENANT_RATE)) {
            long interval = (NANOS_PER_SECOND + reservation.limit() - 1) / reservation.limit() * messages;
            reservation.retryAfter(refused.retryAfter(reason, earliest, interval, now));
        }
    }

    private static void count(Connection holder, int event, long amount) {
        boolean counted = holder.count(event, amount);
        assert counted : "a connection that holds something was retired";
    }

    private void giveBack(Connection holder, long amount, boolean control) {
        ActiveConfig current = activeConfig;
        if (control) {
            global.controlPool.giveBack(current.globalControl, amount);
            holder.control(0).release(current.control, amount);
        } else {
            TenantRules rules = holder.owner.rules(current);
            holder.owner.release(rules, amount);
            holder.release(rules.connection, amount);
            holder.wakeIfDrained(activeConfig);
        }
    }

    /** Notes that held messages wait in a queue from now on, or do so no longer: snapshots show them apart. */
    public void queued(Reservation reservation, boolean entered) {
        Connection holder = reservation.holder();
        if (holder != null) {
            holder.queued(reservation.amount(), entered);
        }
    }

    /** A snapshot of one connection, if it is known. */
    public Optional<ConnectionStats> connectionStats(String tenant, String key) {
        return Optional.ofNullable(registry.find(tenant, key)).map(Connection::stats);
    }

    /**
     * How full a connection is now, and whether that is above the threshold of its limit: what a
     * {@link PressureListener} is told of when it changes.
     */
    public PressureListener.Pressure pressure(Connection connection) {
        Connection known = registry.find(connection.tenant(), connection.key());
        return (known == null ? connection : known).pressure(connection.owner.rules(activeConfig).connection);
    }

    /** How large a share of a server the tenant of a connection is due, 1 to 100. */
    public int weight(Connection connection) {
        return connection.owner.rules(activeConfig).weight;
    }

    /** A snapshot of one tenant, if it is known. */
    public Optional<TenantStats> tenantStats(String tenant) {
        return Optional.ofNullable(registry.tenant(tenant)).map(TenantConnections::stats);
    }

    /**
     * Snapshots of the process, of all tenants and of the fullest connections; takes time in proportion to connections.
     *
     * @param most how many connections at most
     */
    public Survey survey(int most) {
        return registry.survey(activeConfig, most);
    }

    /**
     * A page of snapshots of connections, in an order, and where that leaves it open by tenant and key. Takes time in
     * proportion to the number of connections, and memory in proportion to {@code from + most}.
     *
     * @param tenant whose connections; null for all
     * @param from how many to leave out, not negative
     * @param most how many there are at most on the page
     * @param nowNanos the time now
     */
    public ConnectionPage connectionPage(
            ConnectionOrder order, @Nullable String tenant, int from, int most, long nowNanos) {
        return registry.page(order, tenant, from, most, nowNanos);
    }

    /**
     * Connections that are known and wanted, in no order. Looks through all until it has as many.
     *
     * @param most how many at most
     */
    public List<Connection> findConnections(Predicate<Connection> wanted, int most) {
        return registry.find(wanted, most);
    }

    /**
     * How pending messages are distributed over the connections.
     *
     * @param top how many of those with the most to name
     */
    public ConnectionPending connectionPending(int top) {
        return registry.connectionPending(top);
    }

    /**
     * Tells tenants apart as far as a bounded number allows.
     *
     * @param most how many tenants to name, at most 1,000
     */
    public TenantBreakdown tenantBreakdown(int most) {
        return registry.breakdown(most);
    }

    /** A snapshot of the process alone, which takes less memory than a {@link #survey}. */
    public GlobalStats globalStats() {
        return registry.globalStats();
    }

    /** Lets a connection's counters start again from what is in flight; its tenant's keep what was counted. */
    public void reset(Connection connection) {
        Connection known = registry.find(connection.tenant(), connection.key());
        if (known != null) {
            known.reset();
            known.wake();
        }
    }

    /**
     * Forgets connections that hold nothing and were offered nothing for the idle time, and tenants without
     * connections. To be called every {@code cleanup_interval_ms}. Their counts stay in their tenant's and the
     * process's.
     *
     * @return how many connections were forgotten
     */
    public int cleanUp(long nowNanos) {
        return registry.cleanUp(nowNanos, config().queueLimits().idleTimeout().toNanos());
    }

    /** Admits nothing from now on but control messages; what is held may still be released. */
    @Override
    public void close() {
        ActiveConfig closed;
        synchronized (this) {
            closed = new ActiveConfig(activeConfig.config, true);
            put(closed);
        }
        registry.wakeDrained(closed);
    }

    /** Holds messages that an admission held when a checkpoint was written, whatever the limits are now. */
    public void resume(Connection connection, Reservation reservation, int messages, long bytes) {
        check(reservation, messages, bytes);
        long amount = Amount.of(messages, bytes);
        connection.resume(UNLIMITED, amount);
        reservation.hold(connection, amount, false);
    }

    /**
     * Names all fields that decide on what comes but the configuration and what is pending, and neither statistics nor
     * the control lane.
     *
     * @param label names a connection, by its key
     * @param upstreams what {@link #effectiveRates} is called with for each upstream, by its name
     * @param now the time of the checkpoint
     */
    public void state(State state, UnaryOperator<String> label, Map<String, Object> upstreams, long now) {
        if (state.flag("closed", activeConfig.closed) && !activeConfig.closed) {
            close();
        }
        state.part("process", global.pool::pressure);
        registry.state(state, label, upstreams, now);
    }
}
