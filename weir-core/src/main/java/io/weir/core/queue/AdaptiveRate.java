package io.weir.core.queue;

import io.weir.core.admission.Admission;
import io.weir.core.admission.EffectiveRates;
import io.weir.core.config.BackpressureConfig;
import io.weir.core.state.State;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The rate at which clients may send to one upstream. A control window whose 95th percentile of delay is over the
 * latency threshold, and at whose end something waits, lowers it by the configured percentage: down to a tenth, but not
 * below three quarters of what the upstream serves in all, nine tenths with adaptive capacity. One at whose end nothing
 * waits, or whose percentile is below half of the threshold, raises it again by a twentieth, up to the configured rate.
 * Delay is the time in the queue, and for calls that had to wait also what they took beyond twice what they take an
 * upstream with little to do. A call that did not wait has no delay, however long it took: times vary, and that is no
 * overload. Not thread-safe but for {@link #rates}.
 */
final class AdaptiveRate implements State.Stateful {
    private static final long WINDOW = TimeUnit.SECONDS.toNanos(1);
    private static final int MIN_SAMPLES = 20;
    private static final int PERCENTILE = 95;
    static final int FULL = 1000;
    private static final int MIN_PERMILLE = 100;
    private static final int MIN_SHARE_OF_SERVED_PERCENT = 75;

    /**
     * Limits of operations are found by measuring while something waits: what is left of a queue must not run empty.
     */
    private static final int MIN_SHARE_OF_SERVED_WHILE_SEARCHING_PERCENT = 90;

    private static final int RAISED_PERCENT = 105;

    private final Admission admission;
    private final LatencyHistogram delays = new LatencyHistogram();
    private final int leastOfServedPercent;
    private long windowEnds;

    /** Messages completed in this window, and so many a second in the one before. */
    private long completed;

    private long servedBefore;
    private int permille = FULL;

    /** The delay for which the rate was last lowered, in nanoseconds; 0 while it is not lowered. */
    private long evidence;

    private volatile @Nullable EffectiveRates rates;

    AdaptiveRate(Admission admission, Capacity capacity, long now) {
        this.admission = admission;
        this.leastOfServedPercent =
                capacity.adaptive() ? MIN_SHARE_OF_SERVED_WHILE_SEARCHING_PERCENT : MIN_SHARE_OF_SERVED_PERCENT;
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

    long evidenceNanos() {
        return evidence;
    }

    /**
     * Notes the delay of a call that was completed.
     *
     * @param messages 1, or the length of a batch
     * @param queuedNanos how long it waited
     * @param excessNanos by how much it took longer than its work does at an upstream with little to do; 0 while that
     *     is not known
     */
    void add(int messages, long queuedNanos, long excessNanos) {
        completed += messages;
        delays.add(queuedNanos == 0 ? 0 : queuedNanos + excessNanos);
    }

    /**
     * Closes the window if it is over.
     *
     * @param waiting whether something waits now
     * @return whether a window was closed
     */
    boolean advance(BackpressureConfig config, boolean waiting, long now) {
        if (now - windowEnds < 0) {
            return false;
        }
        int before = permille;
        long delay = delays.samples() >= MIN_SAMPLES ? delays.percentile(PERCENTILE) : 0;
        long threshold = config.latencyThreshold().toNanos();
        int kept = 100 - config.rateReductionPercent();
        if (!config.adaptiveEnabled()) {
            permille = FULL;
        } else if (waiting && delay > threshold) {
            lower(kept, least(config.maxMessagesPerSec(), now), delay);
        } else if (!waiting || delay <= threshold / 2) {
            permille = Math.min(FULL, permille * RAISED_PERCENT / 100 + 1);
        }
        if (permille == FULL) {
            evidence = 0;
        }
        servedBefore = served(now);
        completed = 0;
        delays.clear();
        windowEnds = now + WINDOW;
        if (permille != before) {
            rates = permille == FULL ? null : admission.effectiveRates(permille);
        }
        return true;
    }

    private void lower(int kept, int least, long delay) {
        if (permille > least) {
            permille = Math.max(least, permille * kept / 100);
            evidence = delay;
        }
    }

    /**
     * How far the rate may be lowered: each client may always send most of what the upstream serves in all. So whoever
     * does not send most of it by himself is not slowed down, and the upstream does not run idle for want of others.
     */
    private int least(int configured, long now) {
        long served = Math.max(servedBefore, served(now)) * leastOfServedPercent / 100;
        return (int) Math.min(FULL, Math.max(MIN_PERMILLE, (FULL * served + configured - 1) / configured));
    }

    /** Messages completed a second, in the window under way. */
    private long served(long now) {
        return completed * WINDOW / Math.max(WINDOW, now - (windowEnds - WINDOW));
    }

    @Override
    public void state(State state) {
        state.part("delays", delays);
        windowEnds = state.number("window_ends", windowEnds);
        completed = state.number("completed", completed);
        servedBefore = state.number("served_before", servedBefore);
        permille = state.number("permille", permille);
        evidence = state.number("evidence", evidence);
        rates = permille == FULL ? null : admission.effectiveRates(permille);
    }
}
