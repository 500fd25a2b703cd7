package io.weir.core.queue;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Keeps so many entries, those that were used last: what clients invent is forgotten again, and shuts out nothing. Not
 * thread-safe.
 */
final class RecentMap<K, V> extends LinkedHashMap<K, V> {
    private static final long serialVersionUID = 1;

    private final int most;

    RecentMap(int most) {
        super(16, 0.75f, true);
        this.most = most;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > most;
    }
}
