package io.weir.core.queue;

import io.weir.core.Priority;
import io.weir.core.admission.Admission;
import io.weir.core.state.State;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;

/**
 * The offers of a queue that wait, are in flight, or hold a slot after they were given up: by the numbers that they
 * have in the decision log, for its checkpoints. Not thread-safe: guarded by the queue's lock.
 */
final class PendingOffers {
    private final Map<Long, Offer> byNumber = new LinkedHashMap<>();

    void add(Offer offer) {
        byNumber.put(offer.number, offer);
    }

    void remove(Offer offer) {
        byNumber.remove(offer.number);
    }

    Map<Long, Offer> byNumber() {
        return byNumber;
    }

    /** Names offers by their numbers, in their order. */
    List<Offer> numbers(State state, String name, List<Offer> offers) {
        List<Offer> found = new ArrayList<>();
        for (long number :
                state.numbers(name, offers.stream().map(offer -> offer.number).toList())) {
            Offer offer = byNumber.get(number);
            if (offer == null) {
                throw new IllegalArgumentException("has no offer " + number + ", which is one of '" + name + "'");
            }
            found.add(offer);
        }
        return found;
    }

    /**
     * Names the offers with all their fields; what is read takes from the limits what it holds.
     *
     * @param label names a connection
     * @param rest names what else belongs to an offer
     */
    void state(
            State state,
            UnaryOperator<String> label,
            Admission admission,
            Offer.Handler handler,
            BiConsumer<State, Offer> rest,
            long now) {
        state.list(
                "offers",
                byNumber.values(),
                (each, offer) -> {
                    each.text("tenant", offer.connection().tenant());
                    each.text("conn", label.apply(offer.connection().key()));
                    each.text("operation", offer.operation());
                    each.number("n", offer.messages());
                    each.number("b", offer.bytes());
                    each.constant("p", offer.priority());
                    each.number("ttl", offer.ttlNanos());
                    each.number("w", offer.weight());
                    rest.accept(each, offer);
                },
                each -> {
                    Offer offer = new Offer(
                            admission.connection(
                                    Objects.requireNonNull(each.text("tenant", "")),
                                    Objects.requireNonNull(each.text("conn", "")),
                                    now),
                            Objects.requireNonNull(each.text("operation", "")),
                            each.number("n", 0),
                            each.number("b", 0L),
                            each.constant("p", Priority.CALL),
                            each.number("ttl", 0L),
                            each.number("w", 0),
                            handler);
                    rest.accept(each, offer);
                    add(offer);
                    if (offer.state != Offer.State.ABANDONED) {
                        admission.resume(offer.connection(), offer, offer.messages(), offer.bytes());
                        if (offer.state == Offer.State.QUEUED) {
                            admission.queued(offer, true);
                        }
                    }
                });
    }
}
