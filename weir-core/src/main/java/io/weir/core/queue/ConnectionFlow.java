package io.weir.core.queue;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one connection has waiting: first come, first served within a priority. Lives while there is something. */
final class ConnectionFlow {
    private static final int PRIORITIES = 4;

    final String key;
    private final @Nullable Offer[] first = new Offer[PRIORITIES];
    private final @Nullable Offer[] last = new Offer[PRIORITIES];
    private int offers;
    long queuedCost;
    long queuedMessages;
    long queuedBytes;

    /** Its neighbours in the ring of its tenant. */
    ConnectionFlow nextInRing = this;

    ConnectionFlow previousInRing = this;

    ConnectionFlow(String key) {
        this.key = key;
    }

    boolean isEmpty() {
        return offers == 0;
    }

    @SuppressWarnings("EnumOrdinal") // an index that never leaves the process
    private static int level(Offer offer) {
        return offer.priority().ordinal();
    }

    void add(Offer offer) {
        int level = level(offer);
        Offer before = last[level];
        offer.previous = before;
        offer.next = null;
        if (before == null) {
            first[level] = offer;
        } else {
            before.next = offer;
        }
        last[level] = offer;
        offers++;
        queuedCost += offer.cost;
        queuedMessages += offer.messages();
        queuedBytes += offer.bytes();
    }

    void remove(Offer offer) {
        int level = level(offer);
        Offer before = offer.previous;
        Offer after = offer.next;
        if (before == null) {
            first[level] = after;
        } else {
            before.next = after;
        }
        if (after == null) {
            last[level] = before;
        } else {
            after.previous = before;
        }
        offer.previous = null;
        offer.next = null;
        offers--;
        queuedCost -= offer.cost;
        queuedMessages -= offer.messages();
        queuedBytes -= offer.bytes();
    }

    /** The one to be served next. */
    @Nullable
    Offer head() {
        for (Offer head : first) {
            if (head != null) {
                return head;
            }
        }
        return null;
    }

    /** The one that has waited longest, whatever its priority. */
    @Nullable
    Offer oldest() {
        Offer oldest = null;
        for (Offer head : first) {
            if (head != null && (oldest == null || head.order - oldest.order < 0)) {
                oldest = head;
            }
        }
        return oldest;
    }

    /** Adds what waits: by priority, and first come, first within that. */
    void addTo(List<Offer> offers) {
        for (Offer head : first) {
            for (Offer offer = head; offer != null; offer = offer.next) {
                offers.add(offer);
            }
        }
    }
}
