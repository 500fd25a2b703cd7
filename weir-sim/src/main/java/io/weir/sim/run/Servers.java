package io.weir.sim.run;

import io.weir.sim.engine.VirtualTime;
import io.weir.sim.scenario.UpstreamModel;
import io.weir.sim.scenario.UpstreamModel.Change;
import io.weir.sim.scenario.UpstreamModel.Kind;
import io.weir.sim.scenario.UpstreamModel.State;
import java.util.ArrayList;
import java.util.List;

/**
 * The modelled upstream: what it answers, and when it does not. How it works on several messages is its {@link Work}'s.
 * Not thread-safe.
 */
final class Servers {
    /** How long a client takes to notice that a connection is rejected. */
    private static final long REFUSED_CONNECTION = 500_000;

    private static final int THOUSAND = 1000;

    /** Is told of every end, also of messages that nobody waits for any more. */
    interface Ends {
        void ended(SimMessage message, boolean failed);
    }

    private final VirtualTime time;
    private final Ends ends;
    private final Kind kind;
    private final Work<SimMessage> work;
    private final List<SimMessage> withheld = new ArrayList<>();
    private int failures;
    private State state = State.UP;

    Servers(VirtualTime time, UpstreamModel model, Ends ends) {
        this.time = time;
        this.kind = model.kind();
        this.failures = model.failures();
        this.ends = ends;
        this.work = kind == Kind.SHARING
                ? Work.sharing(time, model.servers(), model.thrashBeyond(), this::done)
                : Work.fifo(time, servers(kind, model.servers()), this::done);
    }

    private static int servers(Kind kind, int servers) {
        return kind == Kind.DELAY ? Integer.MAX_VALUE : servers;
    }

    void accept(SimMessage message) {
        if (state == State.DOWN) {
            time.after(REFUSED_CONNECTION, () -> ends.ended(message, true));
        } else {
            work.add(message);
        }
    }

    int idle() {
        return work.idle();
    }

    void change(Change change) {
        failures = change.failures();
        state = change.state();
        work.change(servers(kind, change.servers()), Math.max(1, change.slowdown()));
        if (state != State.HUNG) {
            List<SimMessage> answered = new ArrayList<>(withheld);
            withheld.clear();
            answered.forEach(this::answer);
        }
        if (state == State.DOWN) {
            work.drain().forEach(each -> ends.ended(each, true));
        }
    }

    private void done(SimMessage message) {
        if (state == State.HUNG) {
            withheld.add(message);
        } else {
            answer(message);
        }
    }

    private void answer(SimMessage message) {
        // First, so that whoever is told of the end finds the server idle.
        work.left();
        ends.ended(message, message.luck < failures || state == State.DOWN);
    }

    /** How long a message takes a server that is so many thousandths as slow as at first. */
    static long slowed(long service, int slowdown) {
        return Math.max(1, service / THOUSAND * slowdown);
    }
}
