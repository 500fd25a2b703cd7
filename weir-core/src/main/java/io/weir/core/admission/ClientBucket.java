package io.weir.core.admission;

import io.weir.core.rate.TokenBucket;
import io.weir.core.state.State;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The bucket of a connection or a tenant for the configured rate, and one for each upstream whose rate was ever
 * lowered: what is sent to that one takes from both, and what is sent to others from the first alone. Thread-safe.
 */
final class ClientBucket extends TokenBucket {
    private static final VarHandle FIRST;

    static {
        try {
            FIRST = MethodHandles.lookup().findVarHandle(ClientBucket.class, "first", Lowered.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** As many as there are upstreams, and for most clients none: a chain. */
    private static final class Lowered extends TokenBucket {
        final Object upstream;

        /** Changes where the next one is of an upstream that was removed. */
        volatile @Nullable Lowered next;

        Lowered(Object upstream, @Nullable Lowered next, long now) {
            super(now);
            this.upstream = upstream;
            this.next = next;
        }
    }

    private volatile @Nullable Lowered first;

    ClientBucket(long now) {
        super(now);
    }

    /** The bucket for the lowered rate of that upstream; full at {@code now} if it was not needed before. */
    TokenBucket lowered(Object upstream, long now) {
        for (; ; ) {
            Lowered head = first;
            for (Lowered each = head; each != null; each = each.next) {
                if (each.upstream == upstream) {
                    return each;
                }
            }
            Lowered made = new Lowered(upstream, present(head), now);
            if (FIRST.compareAndSet(this, head, made)) {
                return made;
            }
        }
    }

    /**
     * That chain without the buckets of upstreams that were removed. Buckets are only added at its head, and what
     * another thread puts back here at the same time goes with the next one that is added.
     */
    private static @Nullable Lowered present(@Nullable Lowered head) {
        Lowered first = head;
        while (first != null && RateKey.isRemoved(first.upstream)) {
            first = first.next;
        }
        for (Lowered each = first; each != null; each = each.next) {
            Lowered next = each.next;
            while (next != null && RateKey.isRemoved(next.upstream)) {
                next = next.next;
            }
            each.next = next;
        }
        return first;
    }

    /** Whether this bucket and those for lowered rates are full. */
    @Override
    public boolean isFull(long now) {
        boolean full = super.isFull(now);
        for (Lowered each = first; full && each != null; each = each.next) {
            full = RateKey.isRemoved(each.upstream) || each.isFull(now);
        }
        return full;
    }

    /** Names all fields, with the upstreams by their names. */
    void state(State state, Map<String, Object> upstreams, long now) {
        restore(state.number("full_at", fullAt(now)));
        Map<String, Lowered> drawnOn = new LinkedHashMap<>();
        upstreams.forEach((name, key) -> {
            for (Lowered each = first; each != null; each = each.next) {
                if (each.upstream == key && !each.isFull(now)) {
                    drawnOn.put(name, each);
                }
            }
        });
        state.list(
                "lowered",
                drawnOn.entrySet(),
                (each, bucket) -> {
                    each.text("q", bucket.getKey());
                    each.number("full_at", bucket.getValue().fullAt(now));
                },
                each -> {
                    Object upstream = upstreams.get(each.text("q", ""));
                    if (upstream == null) {
                        throw new IllegalArgumentException("has a bucket of an unknown queue");
                    }
                    lowered(upstream, now).restore(each.number("full_at", 0L));
                });
    }
}
