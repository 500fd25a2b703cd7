package io.weir.gateway.lineupstream;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.session.Client;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One client's session with a child: where messages go that belong to no request. They go to the newest GET stream;
 * without one to the newest request in flight; and without that they are kept until a stream opens, so many and so
 * much. What is kept, and the resources subscribed to, take from a budget of all sessions. Thread-safe.
 */
final class LineSession {
    private static final int MAX_KEPT = 64;
    private static final int MAX_KEPT_BYTES = 256 * 1024;
    private static final int MAX_SUBSCRIBED_BYTES = 256 * 1024;

    /** What a subscription takes beside its URI. */
    private static final int SUBSCRIPTION = 128;

    private final String id;
    private final String tenant;
    private final String address;
    private final MemoryBudget memory;

    @GuardedBy("this")
    private final ArrayDeque<Recipient> streams = new ArrayDeque<>();

    @GuardedBy("this")
    private final ArrayDeque<Recipient> inFlight = new ArrayDeque<>();

    @GuardedBy("this")
    private final Set<String> subscriptions = new HashSet<>();

    @GuardedBy("this")
    private final ArrayDeque<byte[]> kept = new ArrayDeque<>();

    @GuardedBy("this")
    private long keptBytes;

    @GuardedBy("this")
    private long subscribedBytes;

    @GuardedBy("this")
    private boolean closed;

    @GuardedBy("this")
    private long lastUsed;

    @GuardedBy("this")
    private boolean used;

    /**
     * A session without messages.
     *
     * @param id as the client sends it in {@code Mcp-Session-Id}
     * @param memory for what sessions keep, of all together
     */
    LineSession(String id, Client client, MemoryBudget memory, long now) {
        this.memory = memory;
        this.id = id;
        this.tenant = client.tenant();
        this.address = client.address();
        this.lastUsed = now;
    }

    String id() {
        return id;
    }

    String tenant() {
        return tenant;
    }

    /** What its opener's address is counted by. */
    String address() {
        return address;
    }

    /** A request of it begins. */
    synchronized void begin(Recipient request, long now) {
        inFlight.addLast(request);
        lastUsed = now;
        used = true;
    }

    /** A request of it has ended. */
    synchronized void end(Recipient request, long now) {
        inFlight.remove(request);
        lastUsed = now;
    }

    /**
     * A stream opens.
     *
     * @return what was kept, which goes there before anything else; null if the session has ended
     */
    synchronized @Nullable List<byte[]> open(Recipient stream, long now) {
        if (closed) {
            return null;
        }
        streams.addLast(stream);
        lastUsed = now;
        used = true;
        List<byte[]> first = new ArrayList<>(kept);
        kept.clear();
        memory.giveBack(keptBytes);
        keptBytes = 0;
        return first;
    }

    /** A stream has ended. */
    synchronized void close(Recipient stream, long now) {
        streams.remove(stream);
        lastUsed = now;
    }

    /** All that is open; nothing is after it. */
    synchronized List<Recipient> closeAll() {
        List<Recipient> all = new ArrayList<>(streams);
        closed = true;
        streams.clear();
        kept.clear();
        subscriptions.clear();
        memory.giveBack(keptBytes + subscribedBytes);
        keptBytes = 0;
        subscribedBytes = 0;
        return all;
    }

    /**
     * Gives the client a message that belongs to no request of it.
     *
     * @return messages that are thrown away, since nobody fetched them
     */
    List<byte[]> deliver(byte[] message) {
        Recipient to;
        List<byte[]> thrown = new ArrayList<>();
        synchronized (this) {
            to = streams.isEmpty() ? inFlight.peekLast() : streams.peekLast();
            if (to == null && !closed) {
                keep(message, thrown);
            }
        }
        if (to != null) {
            to.message(message, false);
        }
        return thrown;
    }

    /**
     * Keeps a message in place of older ones, as far as that is needed; one that there is no room for at all is thrown
     * away itself.
     */
    @GuardedBy("this")
    private void keep(byte[] message, List<byte[]> thrown) {
        boolean fits = message.length <= MAX_KEPT_BYTES;
        while (fits && (kept.size() >= MAX_KEPT || keptBytes + message.length > MAX_KEPT_BYTES)) {
            thrown.add(forgetOldest());
        }
        while (fits && !take(message.length)) {
            fits = !kept.isEmpty();
            if (fits) {
                thrown.add(forgetOldest());
            }
        }
        if (fits) {
            kept.addLast(message);
            keptBytes += message.length;
        } else {
            thrown.add(message);
        }
    }

    @GuardedBy("this")
    private byte[] forgetOldest() {
        byte[] oldest = kept.removeFirst();
        keptBytes -= oldest.length;
        memory.giveBack(oldest.length);
        return oldest;
    }

    /** Sessions that hold much leave a part of the memory to those that hold little. */
    @GuardedBy("this")
    private boolean take(long bytes) {
        return memory.takeOf(bytes, keptBytes + subscribedBytes + bytes, MAX_KEPT_BYTES);
    }

    /** Gives the client a message if it has a stream open. */
    void deliverToStream(byte[] message) {
        Recipient to;
        synchronized (this) {
            to = streams.peekLast();
        }
        if (to != null) {
            to.message(message, false);
        }
    }

    /** Notes a subscription to a resource; false if it has as many as it may, all sessions have, or it has ended. */
    synchronized boolean subscribe(String uri) {
        if (subscriptions.contains(uri)) {
            return true;
        }
        if (closed || subscribedBytes + cost(uri) > MAX_SUBSCRIBED_BYTES || !take(cost(uri))) {
            return false;
        }
        subscribedBytes += cost(uri);
        return subscriptions.add(uri);
    }

    private static long cost(String uri) {
        return SUBSCRIPTION + 2L * uri.length();
    }

    /** Whether it was subscribed to that resource, which it is no more. */
    synchronized boolean unsubscribe(String uri) {
        boolean was = subscriptions.remove(uri);
        if (was) {
            subscribedBytes -= cost(uri);
            memory.giveBack(cost(uri));
        }
        return was;
    }

    synchronized boolean isSubscribed(@Nullable String uri) {
        return uri != null && subscriptions.contains(uri);
    }

    synchronized Set<String> subscriptions() {
        return Set.copyOf(subscriptions);
    }

    /** Whether it has neither a request in flight nor a stream. */
    synchronized boolean isIdle() {
        return inFlight.isEmpty() && streams.isEmpty();
    }

    /** Whether anything came in it after it was opened. */
    synchronized boolean isUsed() {
        return used;
    }

    synchronized long idleNanos(long now) {
        return now - lastUsed;
    }
}
