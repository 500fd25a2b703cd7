package io.weir.core.queue;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What has left the queue, and whose handler was not called yet, in order, chained by {@link Offer#nextCallback}.
 * Guarded by the queue's lock.
 */
final class PendingCallbacks {
    /** Read without the lock to see whether there is anything at all. */
    private volatile @Nullable Offer first;

    private @Nullable Offer last;

    boolean isEmpty() {
        return first == null;
    }

    void add(Offer offer) {
        offer.nextCallback = null;
        Offer before = last;
        if (before == null) {
            first = offer;
        } else {
            before.nextCallback = offer;
        }
        last = offer;
    }

    /** Takes one out again. */
    void remove(Offer offer) {
        Offer before = null;
        for (Offer each = first; each != offer; each = Objects.requireNonNull(each).nextCallback) {
            before = each;
        }
        if (before == null) {
            first = offer.nextCallback;
        } else {
            before.nextCallback = offer.nextCallback;
        }
        if (last == offer) {
            last = before;
        }
        offer.nextCallback = null;
    }

    /** Puts a chain before what has left since it was taken. */
    void putBack(@Nullable Offer chain) {
        Offer end = chain;
        while (end != null && end.nextCallback != null) {
            end = end.nextCallback;
        }
        if (end != null) {
            end.nextCallback = first;
            first = chain;
            if (last == null) {
                last = end;
            }
        }
    }

    /** The chain so far; it begins anew. */
    @Nullable
    Offer takeAll() {
        Offer chain = first;
        first = null;
        last = null;
        return chain;
    }
}
