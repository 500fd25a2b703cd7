package io.weir.sim.run;

import io.weir.sim.engine.VirtualTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/** Each server works on one message until its answer is out; the others wait, first in, first out. Not thread-safe. */
final class FifoWork<J extends Work.Job> implements Work<J> {
    private static final int UNCHANGED = 1000;

    private final VirtualTime time;
    private final Consumer<J> done;
    private final Deque<J> waiting = new ArrayDeque<>();
    private int servers;
    private int slowdown = UNCHANGED;
    private int busy;

    FifoWork(VirtualTime time, int servers, Consumer<J> done) {
        this.time = time;
        this.servers = servers;
        this.done = done;
    }

    @Override
    public void add(J message) {
        waiting.add(message);
        begin();
    }

    private void begin() {
        while (busy < servers && !waiting.isEmpty()) {
            J next = waiting.remove();
            busy++;
            time.after(Servers.slowed(next.service(), slowdown), () -> done.accept(next));
        }
    }

    @Override
    public void left() {
        busy--;
        begin();
    }

    @Override
    public List<J> drain() {
        List<J> drained = new ArrayList<>(waiting);
        waiting.clear();
        return drained;
    }

    @Override
    public void change(int more, int slower) {
        servers = more;
        slowdown = slower;
        begin();
    }

    @Override
    public int idle() {
        return Math.max(0, servers - busy - waiting.size());
    }
}
