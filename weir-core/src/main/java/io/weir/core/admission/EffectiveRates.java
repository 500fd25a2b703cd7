package io.weir.core.admission;

import io.weir.core.admission.ActiveConfig.TenantRules;
import io.weir.core.config.BackpressureConfig;
import io.weir.core.rate.Rate;
import io.weir.core.rate.TokenBucket;
import org.jspecify.annotations.Nullable;

/**
 * The configured rates of a connection and a tenant, lowered for the time being for one upstream: what is sent there
 * passes these, in buckets of their own, and the configured ones. Thread-safe; made by
 * {@link Admission#effectiveRates}, and made anew when the configuration changes.
 */
public final class EffectiveRates {
    final ActiveConfig activeConfig;
    final Object upstream;
    private final int permille;

    /**
     * Those of each kind of tenant, by the index of its rules; each made when it is first needed. Read and written
     * without order: a thread that does not see what another has made makes the same.
     */
    private final @Nullable Lowered[] lowered;

    /** The lowered rates of a connection and its tenant. */
    static final class Lowered {
        final Rate connection;
        final Rate tenant;

        private Lowered(Rate connection, Rate tenant) {
            this.connection = connection;
            this.tenant = tenant;
        }
    }

    EffectiveRates(ActiveConfig activeConfig, Object upstream, int permille) {
        this.activeConfig = activeConfig;
        this.upstream = upstream;
        this.permille = permille;
        this.lowered = new @Nullable Lowered[activeConfig.rules()];
    }

    /** @param rules of the same active configuration */
    Lowered of(TenantRules rules) {
        Lowered known = lowered[rules.index];
        if (known == null) {
            BackpressureConfig rates = activeConfig.config.backpressure();
            known = new Lowered(
                    ActiveConfig.lowered(rates, rules.connectionRate, permille),
                    ActiveConfig.lowered(rates, rules.tenantRate, permille));
            lowered[rules.index] = known;
        }
        return known;
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
