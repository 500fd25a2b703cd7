package io.weir.gateway.admission;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/*
 * Several transport connections can have one key: those of an address without a session. The core wakes the key, once.
 * So the first of its messages is notified, and each that goes notifies the one behind it: one that does not fit leaves
 * the connection paused in the core, which wakes the key again. A message keeps its place until it goes, so none is
 * overtaken for ever by those of a busier client.
 *
 * No wake-up is lost: a message is entered here before it is offered for the last time, and only a message that was
 * entered waits.
 */

/** The messages whose transports are not read until they are offered again, by the key of their limits. Thread-safe. */
final class PausedConnections {
    private final Map<Key, Set<Waiter>> waiting = new ConcurrentHashMap<>();
    private final AtomicInteger count = new AtomicInteger();
    private final LongAdder total = new LongAdder();

    /** What limits are counted by. */
    record Key(String tenant, String connection) {}

    /** A message that waits here. */
    interface Waiter {
        Key key();

        /** It may fit by now, and is to be offered again. */
        void notifyDrained();
    }

    /** Adds a message behind those of its key. */
    void add(Waiter request) {
        total.increment();
        count.incrementAndGet();
        waiting.compute(request.key(), (key, known) -> {
            Set<Waiter> all = known == null ? new LinkedHashSet<>() : known;
            all.add(request);
            return all;
        });
    }

    /** It waits no more: the next of its key is offered. Again changes nothing. */
    void remove(Waiter request) {
        Waiter[] next = new Waiter[1];
        waiting.computeIfPresent(request.key(), (key, all) -> {
            if (all.remove(request)) {
                count.decrementAndGet();
                next[0] = first(all);
            }
            return all.isEmpty() ? null : all;
        });
        notify(next[0]);
    }

    /** The connection of that key is drained: its first message is offered. */
    void drained(Key drained) {
        Waiter[] next = new Waiter[1];
        waiting.computeIfPresent(drained, (key, all) -> {
            next[0] = first(all);
            return all;
        });
        notify(next[0]);
    }

    private static @Nullable Waiter first(Set<Waiter> all) {
        Iterator<Waiter> each = all.iterator();
        return each.hasNext() ? each.next() : null;
    }

    private static void notify(@Nullable Waiter next) {
        if (next != null) {
            next.notifyDrained();
        }
    }

    /** How many messages wait. */
    int count() {
        return count.get();
    }

    /** How many have waited since the start, those that still do among them. */
    long total() {
        return total.sum();
    }
}
