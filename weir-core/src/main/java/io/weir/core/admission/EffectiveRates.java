package io.weir.core.admission;

import io.weir.core.config.BackpressureConfig;
import io.weir.core.rate.Rate;
import io.weir.core.rate.TokenBucket;

/**
 * The configured rates of a connection and a tenant, lowered for the time being for one upstream: what is sent there
 * passes these, in
 * buckets of their own, and the configured ones. Immutable; made by {@link Admission#effectiveRates}, and made anew
 * when the
 * configuration changes.
 */
public final class EffectiveRates {
    final ActiveConfig activeConfig;
    final Object upstream;
    final Rate connection;
    final Rate tenant;
    private final int permille;

    EffectiveRates(ActiveConfig activeConfig, Object upstream, int permille) {
        BackpressureConfig rates = activeConfig.config.backpressure();
        this.activeConfig = activeConfig;
        this.upstream = upstream;
        this.permille = permille;
        this.connection = ActiveConfig.lowered(rates, rates.maxMessagesPerSec(), permille);
        this.tenant = ActiveConfig.lowered(rates, rates.tenantMaxMessagesPerSec(), permille);
    }

    /** How many thousandths of the configured rates these are. */
    public int permille() {
        return permille;
    }

    TokenBucket bucket(Connection connection, long now) {
        return connection.bucket.lowered(upstream, now);
    }

    TokenBucket tenantBucket(Connection connection, long now) {
        return connection.owner.bucket.lowered(upstream, now);
    }
}
