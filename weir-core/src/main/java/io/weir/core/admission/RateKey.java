package io.weir.core.admission;

/**
 * What the buckets for the lowered rates of one upstream are found by, as {@link Admission#effectiveRates(Object, int,
 * EffectiveRates)} takes it. Thread-safe.
 */
public final class RateKey {
    private volatile boolean removed;

    /** The upstream is gone: buckets for its rates make no difference from now on, and are forgotten. */
    public void remove() {
        removed = true;
    }

    static boolean isRemoved(Object upstream) {
        return upstream instanceof RateKey key && key.removed;
    }
}
