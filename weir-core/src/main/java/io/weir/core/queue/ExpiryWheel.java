package io.weir.core.queue;

import io.weir.core.state.State;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * When what waits expires: a hashed timing wheel, O(1) to enter and to leave. Not thread-safe.
 *
 * <p>Source: Varghese, Lauck, "Hashed and Hierarchical Timing Wheels", SOSP 1987, scheme 6.
 */
final class ExpiryWheel {
    private static final int SLOTS = 512;
    /** 2^23 ns, about 8 ms. */
    private static final int SLOT_BITS = 23;

    private final @Nullable Offer[] first = new Offer[SLOTS];
    private final @Nullable Offer[] last = new Offer[SLOTS];
    private long lookedAt;

    ExpiryWheel(long now) {
        this.lookedAt = now >> SLOT_BITS;
    }

    private static int slot(Offer offer) {
        return (int) (offer.expiresAt() >> SLOT_BITS) & (SLOTS - 1);
    }

    void add(Offer offer) {
        int slot = slot(offer);
        Offer before = last[slot];
        offer.previousInSlot = before;
        offer.nextInSlot = null;
        if (before == null) {
            first[slot] = offer;
        } else {
            before.nextInSlot = offer;
        }
        last[slot] = offer;
    }

    void remove(Offer offer) {
        int slot = slot(offer);
        Offer before = offer.previousInSlot;
        Offer after = offer.nextInSlot;
        if (before == null) {
            first[slot] = after;
        } else {
            before.nextInSlot = after;
        }
        if (after == null) {
            last[slot] = before;
        } else {
            after.previousInSlot = before;
        }
        offer.previousInSlot = null;
        offer.nextInSlot = null;
    }

    /** Hands over everything that has expired by now, which the taker removes. */
    void expire(long now, Consumer<Offer> taker) {
        long slotNow = now >> SLOT_BITS;
        long from = Math.max(lookedAt, slotNow - SLOTS + 1);
        for (long slot = from; slot <= slotNow; slot++) {
            Offer offer = first[(int) slot & (SLOTS - 1)];
            while (offer != null) {
                Offer after = offer.nextInSlot;
                if (offer.expiresAt() - now <= 0) {
                    taker.accept(offer);
                }
                offer = after;
            }
        }
        lookedAt = slotNow;
    }

    /** Names all fields. */
    void state(State state, PendingOffers offers, long now) {
        List<Offer> inOrder = new ArrayList<>();
        for (Offer head : first) {
            for (Offer offer = head; offer != null; offer = offer.nextInSlot) {
                inOrder.add(offer);
            }
        }
        List<Offer> found = offers.numbers(state, "offers", inOrder);
        if (inOrder.isEmpty()) {
            // All slots are looked at the next time: what has expired is in those that had not been, in the same order.
            lookedAt = (now >> SLOT_BITS) - SLOTS;
            found.forEach(this::add);
        }
    }
}
