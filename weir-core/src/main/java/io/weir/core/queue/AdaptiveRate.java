package io.weir.core.queue;

import io.weir.core.admission.Admission;
import io.weir.core.admission.EffectiveRates;
import io.weir.core.config.BackpressureConfig;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The rate at which clients may send to one upstream. A control window whose 95th percentile of delay is over the latency threshold
 * lowers it by the configured percentage, each better one raises it again, up to the configured rate and down to a tenth of it. Delay
 * is the time in the queue and what the upstream took beyond the work's own latency. Not thread-safe but for {@link #rates}.
 */
final class AdaptiveRate {
    private static final long WINDOW = TimeUnit.SECONDS.toNanos(1);
    private static final int FEWEST_SAMPLES = 20;
    private static final int PERCENTILE = 95;
    static final int FULL = 1000;
    private static final int LEAST = 100;

    private final Admission admission;
    private final LatencyHistogram delays = new LatencyHistogram();
    private long windowEnds;
    private int permille = FULL;
    private volatile @Nullable EffectiveRates rates;

    AdaptiveRate(Admission admission, long now) {
        this.admission = admission;
        this.windowEnds = now + WINDOW;
    }

    /** The rates for the time being; null for those that are configured. */
    @Nullable
    EffectiveRates rates() {
        return rates;
    }

    int permille() {
        return permille;
    }

    void add(long delayNanos) {
        delays.add(delayNanos);
    }

    /** Closes the window if it is over. True if the rate changed. */
    boolean advance(BackpressureConfig config, long now) {
        if (now - windowEnds < 0) {
            return false;
        }
        int before = permille;
        boolean bad = delays.samples() >= FEWEST_SAMPLES
                && delays.percentile(PERCENTILE) > config.latencyThreshold().toNanos();
        int kept = 100 - config.rateReductionPercent();
        if (!config.adaptiveEnabled()) {
            permille = FULL;
        } else if (bad) {
            permille = Math.max(LEAST, permille * kept / 100);
        } else {
            permille = Math.min(FULL, permille * 100 / kept + 1);
        }
        delays.clear();
        windowEnds = now + WINDOW;
        if (permille != before) {
            rates = permille == FULL ? null : admission.effectiveRates(permille);
        }
        return true;
    }
}
