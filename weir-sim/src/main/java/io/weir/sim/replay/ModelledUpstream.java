package io.weir.sim.replay;

import io.weir.sim.engine.VirtualTime;
import java.util.ArrayDeque;
import java.util.Deque;

/** So many servers, first in, first out. Not thread-safe. */
final class ModelledUpstream {
    private final VirtualTime time;
    private final int servers;
    private final Deque<Task> waiting = new ArrayDeque<>();
    private int busy;

    private record Task(long nanos, Runnable done) {}

    ModelledUpstream(VirtualTime time, int servers) {
        this.time = time;
        this.servers = servers;
    }

    /** Takes work on; {@code done} is called when it is over. */
    void accept(long nanos, Runnable done) {
        waiting.add(new Task(nanos, done));
        begin();
    }

    private void begin() {
        while (busy < servers && !waiting.isEmpty()) {
            Task next = waiting.remove();
            busy++;
            time.after(next.nanos(), () -> {
                busy--;
                next.done().run();
                begin();
            });
        }
    }
}
