package io.weir.core.admission;

import io.weir.core.admission.ActiveConfig.TenantRules;
import io.weir.core.config.Profile;
import io.weir.core.config.WeirConfig;

/**
 * The part of {@link Admission} that holds messages and bytes within the limits of connection, tenant and process: the
 * same steps without the rates, which no configuration switches off. For the benchmarks.
 */
public final class LimitsAlone {
    private static final int BYTES = 300;

    /** What all threads share. */
    public static final class Shared {
        private final WeirConfig config = Profile.PRODUCTION.builder(1L << 32).build();
        private final Admission admission = new Admission(config, PressureListener.NONE);
        private final TenantRules rules = new ActiveConfig(config, false).rulesOf("tenant");

        /** For one thread: a connection of one tenant. */
        public LimitsAlone open(String key) {
            return new LimitsAlone(rules, admission.connection("tenant", key, 0));
        }
    }

    private final TenantRules rules;
    private final Connection connection;
    private final Reservation reservation = new Reservation();

    private LimitsAlone(TenantRules rules, Connection connection) {
        this.rules = rules;
        this.connection = connection;
    }

    /** Takes one message from all three limits, or from none. */
    public boolean admit() {
        reservation.requireFree();
        if (connection.reserve(rules.connection, 1, BYTES) != Amount.NONE) {
            return false;
        }
        if (connection.owner.reserve(rules, 1, BYTES) != null) {
            connection.undo(Amount.of(1, BYTES));
            return false;
        }
        reservation.hold(connection, Amount.of(1, BYTES), false);
        return true;
    }

    /** Gives back what was admitted, exactly once. */
    public boolean release() {
        long amount = reservation.amount();
        if (!reservation.end()) {
            return false;
        }
        connection.owner.release(rules, amount);
        connection.release(rules.connection, amount);
        return true;
    }
}
