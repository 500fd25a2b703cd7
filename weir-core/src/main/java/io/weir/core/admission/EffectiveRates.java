package io.weir.core.admission;

import io.weir.core.config.BackpressureConfig;
import io.weir.core.rate.Rate;

/**
 * The configured rates of a connection and a tenant, lowered for the time being. Immutable; made by
 * {@link Admission#effectiveRates}, and made anew when the configuration changes.
 */
public final class EffectiveRates {
    final Regime regime;
    final Rate connection;
    final Rate tenant;
    private final int permille;

    EffectiveRates(Regime regime, int permille) {
        BackpressureConfig rates = regime.config.backpressure();
        this.regime = regime;
        this.permille = permille;
        this.connection = Regime.lowered(rates, rates.maxMessagesPerSec(), permille);
        this.tenant = Regime.lowered(rates, rates.tenantMaxMessagesPerSec(), permille);
    }

    /** How many thousandths of the configured rates these are. */
    public int permille() {
        return permille;
    }
}
