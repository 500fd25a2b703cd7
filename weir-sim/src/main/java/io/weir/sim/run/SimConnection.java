package io.weir.sim.run;

import io.weir.sim.scenario.ClientGroup;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The client's end of a connection, and what it counts by itself: a model to hold the core against. Not thread-safe.
 */
public final class SimConnection {
    final ClientGroup group;
    final int index;

    /** Admitted and not ended, in the order of admission. */
    final Set<SimMessage> pending = new LinkedHashSet<>();

    /** What it could not write, because it is not read. */
    final Deque<SimMessage> unread = new ArrayDeque<>();

    /** Where its messages are counted; null until the first. */
    RunMetrics.@Nullable Counters counters;

    boolean paused;
    long pendingMessages;
    long pendingBytes;
    private int generation;

    SimConnection(ClientGroup group, int index) {
        this.group = group;
        this.index = index;
    }

    /** The tenant that it belongs to. */
    public String tenant() {
        return group.tenant(index);
    }

    /** The key of the connection; another one after it broke and was made anew. */
    public String key() {
        return group.name() + "/" + index + (generation == 0 ? "" : "." + generation);
    }

    void renew() {
        generation++;
        paused = false;
        pendingMessages = 0;
        pendingBytes = 0;
        pending.clear();
    }
}
