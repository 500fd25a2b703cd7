package io.weir.core.admission;

import io.weir.core.config.BackpressureConfig;
import io.weir.core.config.QueueLimitsConfig;
import io.weir.core.config.TenantConfig;
import io.weir.core.rate.Rate;

/*
 * A tenant remembers the rules that it was judged by last, and reads them without order (Tenant.rules). It uses them only if they are of
 * the active configuration that the decision has read, so that it sees all of them: these fields are final, and that reading was volatile.
 */

/** What holds for one tenant and its connections under one active configuration: its own limits, or those of all. Immutable. */
final class TenantRules {
    final ActiveConfig activeConfig;

    /** Which of the rules of that configuration these are; 0 for those of all tenants. */
    final int index;

    final int weight;
    final Limit connection;

    /** Unlimited where neither the tenant nor all tenants are limited. */
    final Limit tenant;

    final Rate connectionRate;

    /** Means nothing unless {@link #limitsRate}. */
    final Rate tenantRate;

    /** Whether the rate of the tenant as a whole is limited. */
    final boolean limitsRate;

    TenantRules(ActiveConfig activeConfig, int index, TenantConfig own) {
        QueueLimitsConfig limits = activeConfig.config.queueLimits();
        BackpressureConfig rates = activeConfig.config.backpressure();
        int threshold = rates.queueDepthThresholdPercent();
        boolean limitsAll = limits.enableTenantLimits();
        boolean limitsPending = limitsAll
                || own.tenantMaxMessages().isPresent()
                || own.tenantMaxBytes().isPresent();
        this.activeConfig = activeConfig;
        this.index = index;
        this.weight = own.weight().orElse(1);
        this.connection = new Limit(
                own.maxMessages().orElse(limits.maxMessages()), own.maxBytes().orElse(limits.maxBytes()), threshold);
        this.tenant = new Limit(
                own.tenantMaxMessages().orElse(limitsAll ? limits.tenantMaxMessages() : QueueLimitsConfig.MAX_MESSAGES),
                own.tenantMaxBytes().orElse(limitsAll ? limits.tenantMaxBytes() : QueueLimitsConfig.MAX_BYTES),
                limitsPending ? threshold : 100);
        this.connectionRate = ActiveConfig.rate(rates, own.maxMessagesPerSec().orElse(rates.maxMessagesPerSec()));
        this.tenantRate =
                ActiveConfig.rate(rates, own.tenantMaxMessagesPerSec().orElse(rates.tenantMaxMessagesPerSec()));
        this.limitsRate = limitsAll || own.tenantMaxMessagesPerSec().isPresent();
    }
}
