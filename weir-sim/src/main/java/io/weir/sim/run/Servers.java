package io.weir.sim.run;

import io.weir.sim.engine.VirtualTime;
import io.weir.sim.scenario.UpstreamModel;
import io.weir.sim.scenario.UpstreamModel.Change;
import io.weir.sim.scenario.UpstreamModel.State;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The modelled upstream at work. Not thread-safe. */
final class Servers {
    /** How long a client takes to notice that a connection is turned away. */
    private static final long REFUSED_CONNECTION = 500_000;

    private static final int THOUSAND = 1000;

    /** Is told of every end, also of messages that nobody waits for any more. */
    interface Ends {
        void ended(Message message, boolean failed);
    }

    private final VirtualTime time;
    private final Ends ends;
    private final Deque<Message> waiting = new ArrayDeque<>();
    private final List<Message> withheld = new ArrayList<>();
    private int servers;
    private int slowdown = THOUSAND;
    private int failures;
    private State state = State.UP;
    private int busy;

    Servers(VirtualTime time, UpstreamModel model, Ends ends) {
        this.time = time;
        this.servers = model.servers();
        this.failures = model.failures();
        this.ends = ends;
    }

    void accept(Message message) {
        if (state == State.DOWN) {
            time.after(REFUSED_CONNECTION, () -> ends.ended(message, true));
            return;
        }
        waiting.add(message);
        begin();
    }

    int idle() {
        return Math.max(0, servers - busy - waiting.size());
    }

    void change(Change change) {
        servers = change.servers();
        slowdown = change.slowdown();
        failures = change.failures();
        state = change.state();
        if (state != State.HUNG) {
            List<Message> answered = new ArrayList<>(withheld);
            withheld.clear();
            answered.forEach(this::answer);
        }
        if (state == State.DOWN) {
            List<Message> lost = new ArrayList<>(waiting);
            waiting.clear();
            lost.forEach(each -> ends.ended(each, true));
        }
        begin();
    }

    private void begin() {
        while (busy < servers && !waiting.isEmpty()) {
            Message next = waiting.remove();
            busy++;
            time.after(Math.max(1, next.service() / THOUSAND * slowdown), () -> done(next));
        }
    }

    private void done(Message message) {
        if (state == State.HUNG) {
            withheld.add(message);
        } else {
            answer(message);
        }
    }

    private void answer(Message message) {
        busy--;
        ends.ended(message, message.luck < failures || state == State.DOWN);
        begin();
    }
}
