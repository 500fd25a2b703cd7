package io.weir.core.queue;

import org.jspecify.annotations.Nullable;

/** What has left the queue and was not told yet, in order, chained by {@link Offer#next}. Guarded by the queue's lock. */
final class PendingCallbacks {
    /** Read without the lock to see whether there is anything at all. */
    private volatile @Nullable Offer first;

    private @Nullable Offer last;

    boolean isEmpty() {
        return first == null;
    }

    void add(Offer offer) {
        offer.next = null;
        Offer before = last;
        if (before == null) {
            first = offer;
        } else {
            before.next = offer;
        }
        last = offer;
    }

    /** Puts a chain before what has left since it was taken. */
    void putBack(@Nullable Offer chain) {
        Offer end = chain;
        while (end != null && end.next != null) {
            end = end.next;
        }
        if (end != null) {
            end.next = first;
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
