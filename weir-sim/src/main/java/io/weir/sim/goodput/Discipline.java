package io.weir.sim.goodput;

import io.weir.sim.run.SimMessage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An order in which messages wait in front of the servers. It is asked whenever a server is idle. Not thread-safe. */
public interface Discipline {
    /** Takes a message in; false if there is no place for it, which counts as a refusal. */
    boolean add(SimMessage message, long now);

    /**
     * The next to be served; null if nothing waits.
     *
     * @param dropped receives those that are thrown out instead
     */
    @Nullable
    SimMessage poll(long now, List<SimMessage> dropped);
}
