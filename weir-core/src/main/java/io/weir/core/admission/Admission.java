package io.weir.core.admission;

import io.weir.core.config.WeirConfig;
import io.weir.core.config.WeirConfigBuilder;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Decides on every offered message and holds what it admitted within hard limits: per connection, per tenant and for the process, in messages and in bytes.
 * Thread-safe; every method may be called from any thread. Time is passed in: nanoseconds of one monotonic clock of the caller's.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Admission implements AutoCloseable {
    /** Opens with {@code config}. */
    public Admission(WeirConfig config, PressureListener listener) {
        throw new UnsupportedOperationException(config.toString() + listener);
    }

    /** The configuration in force. */
    public WeirConfig config() {
        throw new UnsupportedOperationException();
    }

    /**
     * Replaces single values of the configuration, atomically. When this returns, nothing is admitted under the old one.
     *
     * @return the configuration now in force
     * @throws io.weir.core.config.InvalidConfigException if a value is out of range; nothing is changed
     */
    public WeirConfig update(UnaryOperator<WeirConfigBuilder> change) {
        throw new UnsupportedOperationException(change.toString());
    }

    /** The connection of that key, made if there is none. */
    public Connection connection(String tenant, String key, long nowNanos) {
        throw new UnsupportedOperationException(tenant + key + nowNanos);
    }

    /** What {@link #admit} would decide now; changes nothing. {@code permit} receives the reason, and must not be held. */
    public Decision probe(Connection connection, Permit permit, int messages, long bytes, long nowNanos) {
        throw new UnsupportedOperationException();
    }

    /**
     * Offers messages to the rate and then to the limits, and records them in one atomic step if all of these let them pass.
     *
     * @param permit not held; holds the messages if they are admitted, else the reason
     * @param messages 1, or the length of a batch
     * @param bytes their size on the wire
     */
    public Decision admit(Connection connection, Permit permit, int messages, long bytes, long nowNanos) {
        throw new UnsupportedOperationException();
    }

    /**
     * Offers messages of the control lane, which only its own bounds turn away. A connection that passes them is to be closed: the decision is then
     * {@link Decision#DISCONNECTED}, whatever the configured action.
     */
    public Decision admitControl(Connection connection, Permit permit, int messages, long bytes, long nowNanos) {
        throw new UnsupportedOperationException();
    }

    /**
     * Ends the holding of a permit, exactly once.
     *
     * @param ticket {@link Permit#ticket()} as it was after the admission
     * @return false if it had ended before, and nothing was changed
     */
    public boolean release(Permit permit, long ticket, Outcome outcome) {
        throw new UnsupportedOperationException();
    }

    /** A snapshot of one connection, if it is known. */
    public Optional<ConnectionStats> connectionStats(String tenant, String key) {
        throw new UnsupportedOperationException();
    }

    /** A snapshot of one tenant, if it is known. */
    public Optional<TenantStats> tenantStats(String tenant) {
        throw new UnsupportedOperationException();
    }

    /** Snapshots of all tenants, by key. */
    public List<TenantStats> allTenants() {
        throw new UnsupportedOperationException();
    }

    /** Snapshots of the connections with the most pending messages, most first, then by key. */
    public List<ConnectionStats> topConnections(int most) {
        throw new UnsupportedOperationException();
    }

    /** A snapshot of the process. */
    public GlobalStats globalStats() {
        throw new UnsupportedOperationException();
    }

    /** Makes the counters of a connection start again from what is in flight; what was counted stays in its tenant's. */
    public void reset(Connection connection) {
        throw new UnsupportedOperationException();
    }

    /**
     * Forgets connections that hold nothing and were offered nothing for the idle time, and tenants without connections. To be called every
     * {@code cleanup_interval_ms}.
     *
     * @return how many connections were forgotten
     */
    public int cleanUp(long nowNanos) {
        throw new UnsupportedOperationException();
    }

    /** Admits nothing from now on; what is held may still be released. */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
