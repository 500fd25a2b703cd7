package io.weir.sim.run;

import io.weir.sim.scenario.ClientGroup;
import org.jspecify.annotations.Nullable;

/** A message of a modelled client, from its first offering to its end. Not thread-safe. */
public final class SimMessage implements Work.Job {
    enum State {
        WITH_CLIENT,
        QUEUED,
        IN_FLIGHT,
        ENDED
    }

    final SimConnection peer;
    final ClientGroup group;
    /** Fails if the upstream fails more of a million than this. */
    final int luck;

    State state = State.WITH_CLIENT;
    boolean givenUp;
    /** Its client is gone without a word. */
    boolean unwanted;

    int attempts;
    long dispatchedAt;
    /** What its sender does once it is over, however it ended; at most once. */
    @Nullable
    Runnable whenOver;

    private final long arrived;
    private final long service;
    private @Nullable Object handle;

    SimMessage(SimConnection peer, long arrived, long service, int luck) {
        this.peer = peer;
        this.group = peer.group;
        this.arrived = arrived;
        this.service = service;
        this.luck = luck;
    }

    /** Lets its sender go on, if it waits for that. */
    void over() {
        Runnable next = whenOver;
        whenOver = null;
        if (next != null) {
            next.run();
        }
    }

    /** The connection that it comes over. */
    public SimConnection peer() {
        return peer;
    }

    /** What its sender is like. */
    public ClientGroup group() {
        return group;
    }

    /** When it was first offered; nanoseconds. */
    public long arrived() {
        return arrived;
    }

    /** After what time nobody wants its answer any more; nanoseconds. */
    public long deadline() {
        return group.deadline() > Long.MAX_VALUE - arrived ? Long.MAX_VALUE : arrived + group.deadline();
    }

    /**
     * How long an upstream that is not slowed down works on it; nanoseconds. Drawn before any decision, so the same
     * under all policies.
     */
    @Override
    public long service() {
        return service;
    }

    /** What the gate keeps about it. */
    public @Nullable Object handle() {
        return handle;
    }

    /** Lets the gate keep something about it. */
    public void handle(Object kept) {
        this.handle = kept;
    }
}
