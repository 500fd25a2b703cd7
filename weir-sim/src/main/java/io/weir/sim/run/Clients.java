package io.weir.sim.run;

import io.weir.sim.engine.Randomness;
import io.weir.sim.engine.VirtualTime;
import io.weir.sim.scenario.Arrivals;
import io.weir.sim.scenario.ClientGroup;
import io.weir.sim.scenario.ClientGroup.ClosedLoop;
import io.weir.sim.scenario.Phase;
import io.weir.sim.scenario.UpstreamModel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One group of clients at work: when it sends what, over which connection. What it draws does not depend on any
 * decision, so that all policies see the same arrivals and the same work. Not thread-safe.
 */
final class Clients {
    private static final long THOUSAND_SECONDS = 1_000_000_000_000L;
    private static final int STREAMS = 8;
    private static final int MILLION = 1_000_000;

    /** What is done with what the clients do. */
    interface Actions {
        void arrives(SimMessage message);

        void givesUp(SimMessage message);

        /** As {@link #givesUp}, but nobody is told. */
        void leaves(SimMessage message);

        void breaks(SimConnection peer);
    }

    private final VirtualTime time;
    private final ClientGroup group;
    private final UpstreamModel upstream;
    private final long end;
    private final Actions actions;
    private final List<SimConnection> peers = new ArrayList<>();
    private final Randomness arrivals;
    private final Randomness choices;
    private final Randomness services;
    private final Randomness failures;
    private final Randomness cancels;
    private final Randomness thoughts;
    private long sent;
    private int turn;
    private int broken;

    Clients(
            VirtualTime time,
            ClientGroup group,
            UpstreamModel upstream,
            long end,
            long seed,
            int index,
            Actions actions) {
        this.time = time;
        this.group = group;
        this.upstream = upstream;
        this.end = end;
        this.actions = actions;
        for (int i = 0; i < group.connections(); i++) {
            peers.add(new SimConnection(group, i));
        }
        long stream = (long) STREAMS * index;
        this.arrivals = new Randomness(seed, stream);
        this.choices = new Randomness(seed, stream + 1);
        this.services = new Randomness(seed, stream + 2);
        this.failures = new Randomness(seed, stream + 3);
        this.cancels = new Randomness(seed, stream + 4);
        this.thoughts = new Randomness(seed, stream + 5);
    }

    List<SimConnection> peers() {
        return peers;
    }

    void start() {
        ClosedLoop loop = group.loop();
        if (loop != null) {
            for (int worker = 0; worker < loop.workers(); worker++) {
                SimConnection peer = peers.get(worker % peers.size());
                time.at(0, () -> work(loop, peer));
            }
        }
        for (int i = 0; i < group.phases().size(); i++) {
            Phase phase = group.phases().get(i);
            long until =
                    i + 1 < group.phases().size() ? group.phases().get(i + 1).at() : end;
            if (phase.perThousandSeconds() > 0 && phase.at() < end) {
                time.at(phase.at(), () -> begin(phase, Math.min(until, end)));
            }
        }
        if (group.disconnectEvery() < end) {
            time.at(group.disconnectEvery(), this::breakOne);
        }
    }

    private void begin(Phase phase, long until) {
        if (group.arrivals() == Arrivals.POISSON) {
            poisson(phase, until);
        } else {
            int burst = group.arrivals() == Arrivals.BURST ? group.burst() : 1;
            steadily(phase, until, burst, 0);
        }
    }

    private void poisson(Phase phase, long until) {
        long next = time.now() + arrivals.exponential(THOUSAND_SECONDS / phase.perThousandSeconds());
        if (next < until) {
            time.at(next, () -> {
                send(peers.get(choices.below(peers.size())));
                poisson(phase, until);
            });
        }
    }

    private void work(ClosedLoop loop, SimConnection peer) {
        SimMessage message = time.now() < end ? make(peer) : null;
        if (message == null) {
            return;
        }
        message.whenOver = () -> time.after(loop.think().draw(thoughts), () -> work(loop, peer));
        if (loop.patience() < Long.MAX_VALUE) {
            time.after(loop.patience(), () -> lose(loop, message));
        }
        actions.arrives(message);
    }

    private void lose(ClosedLoop loop, SimMessage message) {
        if (message.whenOver != null) {
            message.over();
            if (loop.cancels()) {
                actions.givesUp(message);
            } else {
                actions.leaves(message);
            }
        }
    }

    /** The k-th burst comes at a time computed from the phase's beginning: no error adds up. */
    private void steadily(Phase phase, long until, int burst, long k) {
        for (int i = 0; i < burst; i++) {
            send(peers.get(turn));
            turn = (turn + 1) % peers.size();
        }
        long next = phase.at() + timeOf(Math.multiplyExact(k + 1, (long) burst), phase.perThousandSeconds());
        if (next < until) {
            time.at(next, () -> steadily(phase, until, burst, k + 1));
        }
    }

    /** n thousand seconds divided by the rate, with no step on the way that is too large. */
    private static long timeOf(long n, long rate) {
        return n * (THOUSAND_SECONDS / rate) + n * (THOUSAND_SECONDS % rate) / rate;
    }

    private void send(SimConnection peer) {
        SimMessage message = make(peer);
        if (message != null) {
            actions.arrives(message);
        }
    }

    /** The group's next message; null if it has sent all that it will. */
    private @Nullable SimMessage make(SimConnection peer) {
        long service = upstream.service(group.operation()).draw(services);
        boolean cancelled = cancels.isOneOf(group.cancel());
        if (sent >= group.most()) {
            return null;
        }
        sent += group.messages();
        SimMessage message = new SimMessage(peer, time.now(), service, failures.below(MILLION));
        if (cancelled) {
            time.after(group.cancelAfter(), () -> actions.givesUp(message));
        }
        return message;
    }

    private void breakOne() {
        actions.breaks(peers.get(broken));
        broken = (broken + 1) % peers.size();
        if (time.now() + group.disconnectEvery() < end) {
            time.after(group.disconnectEvery(), this::breakOne);
        }
    }
}
