package io.weir.core.admission;

import io.weir.core.Reason;
import io.weir.core.config.BackpressureAction;
import io.weir.core.config.BackpressureConfig;
import io.weir.core.config.QueueLimitsConfig;
import io.weir.core.config.TenantLimits;
import io.weir.core.config.WeirConfig;
import io.weir.core.rate.Rate;
import java.util.HashMap;
import java.util.Map;

/**
 * A configuration in force, in the form that decisions need it. Every update makes a new one, so that its identity
 * tells a decision whether it was made under the rules that still hold.
 */
final class ActiveConfig {
    /** How many times a connection's control rate its tenant has, as with the other limits by default. */
    private static final int TENANT_TO_CONNECTION = 10;

    final WeirConfig config;
    final boolean closed;
    private final BackpressureAction action;
    final Limit global;
    final Limit control;
    final Limit globalControl;
    final Rate controlRate;
    final Rate tenantControlRate;

    /** The rules of tenants without limits of their own. */
    private final TenantRules common;

    /** Those of the others, by tenant. */
    private final Map<String, TenantRules> own = new HashMap<>();

    ActiveConfig(WeirConfig config, boolean closed) {
        QueueLimitsConfig limits = config.queueLimits();
        BackpressureConfig rates = config.backpressure();
        int threshold = rates.queueDepthThresholdPercent();
        this.config = config;
        this.closed = closed;
        this.action = limits.backpressureAction();
        this.global = new Limit(limits.globalMaxMessages(), limits.globalMaxBytes(), threshold);
        this.control = new Limit(limits.controlMaxMessages(), limits.controlMaxBytes(), 100);
        this.globalControl = new Limit(limits.globalControlMaxMessages(), limits.globalControlMaxBytes(), 100);
        this.controlRate = rate(rates, rates.controlMaxMessagesPerSec());
        this.tenantControlRate = rate(
                rates, Math.min(BackpressureConfig.MAX_RATE, TENANT_TO_CONNECTION * rates.controlMaxMessagesPerSec()));
        this.common = new TenantRules(this, 0, config.commonLimits());
        config.tenants()
                .keySet()
                .forEach(tenant -> own.put(tenant, new TenantRules(this, own.size() + 1, config.limitsOf(tenant))));
    }

    /** The rules of a tenant: a look-up, whose result {@link Tenant#rules} keeps. */
    TenantRules rulesOf(String tenant) {
        return own.getOrDefault(tenant, common);
    }

    /** How many rules there are: an index is less. */
    int rules() {
        return own.size() + 1;
    }

    /** Whether the control rate of tenants is limited. */
    boolean limitsTenantControl() {
        return config.queueLimits().enableTenantLimits();
    }

    private static boolean isOfConnection(Reason reason) {
        return reason == Reason.CONNECTION_MESSAGES || reason == Reason.CONNECTION_BYTES;
    }

    /**
     * What becomes of a message that is rejected for that reason.
     *
     * @param canWait whether waiting helps, and its sender can be made to wait
     */
    Decision rejecting(Reason reason, boolean canWait) {
        if (reason == Reason.PRIORITY) {
            return Decision.SHED;
        }
        if (closed) {
            return Decision.REFUSED;
        }
        return switch (action) {
            case REFUSE -> Decision.REFUSED;
            case DROP_NEWEST, DROP_OLDEST -> Decision.DROPPED;
            case DISCONNECT -> Decision.DISCONNECTED;
            case PAUSE -> isOfConnection(reason) && canWait ? Decision.PAUSED : Decision.REFUSED;
        };
    }

    /**
     * Whether a connection with so much pending, that is not read since an amount did not fit, is to be read again: it
     * is half free and the amount fits, or no waiting helps any more.
     *
     * @param connection its limit under this configuration
     */
    boolean mayResume(Limit connection, long paused, long pending) {
        int messages = Amount.messages(paused);
        long bytes = Amount.bytes(paused);
        return closed
                || action != BackpressureAction.PAUSE
                || !connection.fits(0, messages, bytes)
                || (connection.isHalfFree(pending) && connection.fits(pending, messages, bytes));
    }

    /** A rate of this configuration, lowered to so many thousandths; never less than one message a second. */
    static Rate lowered(BackpressureConfig rates, Rate rate, int permille) {
        return rate(rates, (int) Math.max(1, (long) rate.perSecond() * permille / 1000));
    }

    static Rate rate(BackpressureConfig rates, int perSecond) {
        return new Rate(perSecond, rates.burst(perSecond));
    }

    /*
     * A tenant remembers the rules that it was judged by last, and reads them without order (Tenant.rules). It uses
     * them only if they are of the active configuration that the decision has read, so that it sees all of them: these
     * fields are final, and that reading was volatile.
     */

    /**
     * What holds for one tenant and its connections under one active configuration: its own limits, or those of all.
     * Immutable.
     */
    static final class TenantRules {
        final ActiveConfig activeConfig;

        /** Which of the rules of that configuration these are; 0 for those of all tenants. */
        final int index;

        final int weight;
        final Limit connection;

        /** Unlimited where neither the tenant nor all tenants are limited. */
        final Limit tenant;

        /** Whether what the tenant as a whole has pending is limited. */
        final boolean limitsPending;

        final Rate connectionRate;

        /** Means nothing unless {@link #limitsRate}. */
        final Rate tenantRate;

        /** Whether the rate of the tenant as a whole is limited. */
        final boolean limitsRate;

        /** @param limits of the tenant, as {@link WeirConfig#limitsOf} */
        TenantRules(ActiveConfig activeConfig, int index, TenantLimits limits) {
            BackpressureConfig rates = activeConfig.config.backpressure();
            int threshold = rates.queueDepthThresholdPercent();
            this.activeConfig = activeConfig;
            this.index = index;
            this.weight = limits.weight();
            this.connection = new Limit(limits.maxMessages(), limits.maxBytes(), threshold);
            this.limitsPending = limits.limitsPending();
            this.tenant = new Limit(
                    limits.tenantMaxMessages().orElse(QueueLimitsConfig.MAX_MESSAGES),
                    limits.tenantMaxBytes().orElse(QueueLimitsConfig.MAX_BYTES),
                    limitsPending ? threshold : 100);
            this.connectionRate = rate(rates, limits.maxMessagesPerSec());
            this.tenantRate = rate(rates, limits.tenantMaxMessagesPerSec().orElse(BackpressureConfig.MAX_RATE));
            this.limitsRate = limits.tenantMaxMessagesPerSec().isPresent();
        }
    }
}
