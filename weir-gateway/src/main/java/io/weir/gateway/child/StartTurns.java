package io.weir.gateway.child;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/*
 * Least recently served first: of those that want to start a child, the tenant goes first whose last start is longest
 * ago, and of its addresses the one whose last start is. One that starts and ends children all the time so gets every
 * second start at the most as soon as another wants one.
 */

/** Whose turn it is to start a child: of tenants, and within a tenant of client addresses. Not thread-safe. */
final class StartTurns {
    /** How many last starts are remembered; who has none goes before all others. */
    private static final int MAX_REMEMBERED = 1024;

    /**
     * Who has not asked again for so long wants no more: requests that wait ask every {@link ChildBudget#RETRY_MILLIS}.
     */
    private static final long WANTS_NANOS = TimeUnit.MILLISECONDS.toNanos(4 * ChildBudget.RETRY_MILLIS);

    private final Map<Key, Long> wanted = new HashMap<>();
    private final Map<String, Long> ofTenants = new Remembered<>();
    private final Map<Key, Long> ofAddresses = new Remembered<>();
    private long starts;

    private record Key(String tenant, String address) {}

    /** The numbers of last starts, the newest ones. */
    private static final class Remembered<K> extends LinkedHashMap<K, Long> {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<K, Long> eldest) {
            return size() > MAX_REMEMBERED;
        }
    }

    /** Notes that a child is wanted which cannot be started now. */
    void want(String tenant, String address, long now) {
        wanted.put(new Key(tenant, address), now);
    }

    /** Whether none of those that want a child goes before this tenant and address. */
    boolean isTurn(String tenant, String address, long now) {
        wanted.values().removeIf(since -> now - since > WANTS_NANOS);
        Key own = new Key(tenant, address);
        return wanted.keySet().stream().noneMatch(other -> goesBefore(other, own));
    }

    private boolean goesBefore(Key first, Key second) {
        if (first.tenant.equals(second.tenant)) {
            return ofAddresses.getOrDefault(first, 0L) < ofAddresses.getOrDefault(second, 0L);
        }
        return ofTenants.getOrDefault(first.tenant, 0L) < ofTenants.getOrDefault(second.tenant, 0L);
    }

    /** Notes that one was started. */
    void started(String tenant, String address) {
        Key key = new Key(tenant, address);
        wanted.remove(key);
        starts++;
        ofTenants.remove(tenant);
        ofTenants.put(tenant, starts);
        ofAddresses.remove(key);
        ofAddresses.put(key, starts);
    }
}
