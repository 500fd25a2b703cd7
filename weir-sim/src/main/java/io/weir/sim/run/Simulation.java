package io.weir.sim.run;

import io.weir.core.Outcome;
import io.weir.core.admission.Decision;
import io.weir.core.queue.CircuitState;
import io.weir.sim.engine.Bins;
import io.weir.sim.engine.VirtualTime;
import io.weir.sim.run.SimMessage.State;
import io.weir.sim.scenario.ClientGroup;
import io.weir.sim.scenario.Fault;
import io.weir.sim.scenario.Scenario;
import io.weir.sim.scenario.UpstreamModel.Change;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/**
 * Plays a scenario against a gate, once. The same scenario and the same gate give the same result, everywhere. Not
 * thread-safe.
 */
public final class Simulation implements AdmissionPolicy.SimulationCallbacks, Clients.Actions {
    /** Signals that a result keeps. */
    static final int MAX_SIGNALS = 1000;

    private static final long TICK = 25_000_000;
    private static final int MAX_PROBLEMS = 10;
    private static final long FIRST_BACK_OFF = 100_000_000;
    private static final int MAX_DOUBLINGS = 10;

    private final VirtualTime time = new VirtualTime();
    private final List<Clients> clients = new ArrayList<>();
    private final List<Result.Signal> signals = new ArrayList<>();
    private final List<String> wrong = new ArrayList<>();
    private final Deque<SimMessage> inFlight = new ArrayDeque<>();
    private final Scenario scenario;
    private final AdmissionPolicy gate;
    private final LongConsumer progress;
    private final Servers servers;
    private final Bins bins;
    private final RunMetrics ledger;
    private final Recorder recorder;
    private final CircuitHistory circuit;
    private long unread;

    private Simulation(Scenario scenario, AdmissionPolicy gate, LongConsumer progress) {
        this.scenario = scenario;
        this.gate = gate;
        this.progress = progress;
        this.servers = new Servers(time, scenario.upstream(), this::answered);
        this.bins = Bins.of(scenario.duration());
        this.ledger = new RunMetrics(bins);
        this.recorder = new Recorder(bins);
        this.circuit = new CircuitHistory(bins);
    }

    /** Plays a scenario. */
    public static Result play(Scenario scenario, AdmissionPolicy gate) {
        return play(scenario, gate, now -> {});
    }

    /**
     * Plays a scenario.
     *
     * @param progress is told the virtual time, now and then
     */
    public static Result play(Scenario scenario, AdmissionPolicy gate, LongConsumer progress) {
        return new Simulation(scenario, gate, progress).play();
    }

    private Result play() {
        gate.start(this, time.now());
        // Planned first, so that what happens at the end of a bin belongs to the next one.
        for (int bin = 0; bin < bins.count() - 1; bin++) {
            time.at(bins.end(bin), this::sample);
        }
        for (Change change : scenario.upstream().changes()) {
            time.at(change.at(), () -> {
                servers.change(change);
                gate.tick(time.now());
            });
        }
        for (Fault fault : scenario.faults()) {
            time.at(fault.at(), () -> happen(fault));
        }
        for (ClientGroup group : scenario.clients()) {
            Clients each = new Clients(
                    time, group, scenario.upstream(), scenario.duration(), scenario.seed(), clients.size(), this);
            clients.add(each);
            each.start();
        }
        time.at(TICK, this::tick);
        time.runUntil(scenario.duration() + 1);
        sample();
        long last = scenario.duration() + scenario.upstream().timeout() + longestDeadline() + TICK;
        while ((!ledger.isEmpty() || unread > 0) && time.now() < last) {
            time.runUntil(time.now() + TICK);
        }
        audit();
        circuit.lasted(time.now());
        if (!ledger.isEmpty()) {
            wrong.add("messages are pending that nobody ends");
        }
        return new Result(
                scenario,
                ledger.total,
                new TreeMap<>(ledger.groups),
                new TreeMap<>(ledger.tenants),
                ledger.peaks(),
                recorder.series(),
                ledger.byTenant,
                ledger.byOperation,
                circuit,
                List.copyOf(signals),
                List.copyOf(wrong),
                time.now());
    }

    private long longestDeadline() {
        return scenario.clients().stream()
                .mapToLong(ClientGroup::deadline)
                .filter(each -> each < Long.MAX_VALUE)
                .max()
                .orElse(0);
    }

    private void tick() {
        long now = time.now();
        gate.tick(now);
        for (SimMessage oldest = inFlight.peek();
                oldest != null
                        && (oldest.state == State.ENDED
                                || now - oldest.dispatchedAt
                                        >= scenario.upstream().timeout());
                oldest = inFlight.peek()) {
            inFlight.remove();
            if (oldest.state == State.IN_FLIGHT) {
                end(oldest, Outcome.FAILED);
            }
        }
        time.after(TICK, this::tick);
    }

    private void sample() {
        long now = time.now();
        recorder.sample(ledger, gate.gauges(now));
        audit();
        progress.accept(now);
    }

    private void audit() {
        String own = ledger.check();
        String gates = gate.audit(ledger.total);
        if (wrong.size() < MAX_PROBLEMS && !own.isEmpty()) {
            wrong.add("at " + time.now() + " ns: " + own);
        }
        if (wrong.size() < MAX_PROBLEMS && gates != null) {
            wrong.add("at " + time.now() + " ns: " + gates);
        }
    }

    private void happen(Fault fault) {
        long now = time.now();
        switch (fault.kind()) {
            case UPDATE -> gate.update(fault.settings(), now);
            case CLOSE -> gate.close(now);
            case RESET -> peers(fault).forEach(peer -> gate.reset(peer, now));
            case DISCONNECT -> peers(fault).forEach(this::breaks);
        }
    }

    private List<SimConnection> peers(Fault fault) {
        List<SimConnection> peers = new ArrayList<>();
        for (int i = 0; i < clients.size(); i++) {
            String name = scenario.clients().get(i).name();
            if (fault.clients().isEmpty() || fault.clients().equals(name)) {
                peers.addAll(clients.get(i).peers());
            }
        }
        return peers;
    }

    @Override
    public void arrives(SimMessage message) {
        if (message.peer.paused) {
            message.peer.unread.add(message);
            unread++;
        } else {
            gate.offer(message, time.now());
        }
    }

    @Override
    public void leaves(SimMessage message) {
        message.unwanted = true;
    }

    @Override
    public void givesUp(SimMessage message) {
        message.givenUp = true;
        if (message.state == State.QUEUED
                ? gate.cancel(message, time.now())
                : message.state == State.IN_FLIGHT && gate.abandon(message, time.now())) {
            ended(message, Outcome.CANCELLED);
        }
    }

    @Override
    public void breaks(SimConnection peer) {
        unread -= peer.unread.size();
        peer.unread.clear();
        for (SimMessage message : new ArrayList<>(peer.pending)) {
            givesUp(message);
        }
        peer.renew();
    }

    @Override
    public void admitted(SimMessage message, long now) {
        message.state = State.QUEUED;
        ledger.admitted(message);
    }

    @Override
    public void dispatched(SimMessage message, long now) {
        message.state = State.IN_FLIGHT;
        message.dispatchedAt = now;
        ledger.dispatched(message, now);
        inFlight.add(message);
        servers.accept(message);
    }

    @Override
    public void rejected(SimMessage message, Decision decision, String reason, long retryAfter, long now) {
        ledger.rejected(message, decision, reason);
        if (decision == Decision.PAUSED) {
            message.peer.paused = true;
            message.peer.unread.addFirst(message);
            unread++;
        } else if (decision == Decision.DISCONNECTED) {
            time.at(now, () -> breaks(message.peer));
        } else if (retryAfter >= 0 && message.attempts < message.group.retries()) {
            long wait = retryAfter > 0 ? retryAfter : FIRST_BACK_OFF << Math.min(MAX_DOUBLINGS, message.attempts);
            message.attempts++;
            if (message.deadline() - now > wait) {
                time.after(wait, () -> {
                    if (!message.givenUp && !message.unwanted) {
                        arrives(message);
                    }
                });
                return;
            }
        }
        if (decision != Decision.PAUSED) {
            message.over();
        }
    }

    @Override
    public void abandoned(SimMessage message, Outcome outcome, String reason, long now) {
        ended(message, outcome);
        ledger.abandoned(message, outcome, reason);
    }

    @Override
    public void drained(SimConnection peer, long now) {
        time.at(now, () -> {
            peer.paused = false;
            while (!peer.paused && !peer.unread.isEmpty()) {
                unread--;
                gate.offer(peer.unread.remove(), time.now());
            }
        });
    }

    @Override
    public void circuit(CircuitState state, long now) {
        circuit.changed(state, now);
    }

    @Override
    public void signal(String what, long now) {
        if (signals.size() < MAX_SIGNALS) {
            signals.add(new Result.Signal(now, what));
        }
    }

    @Override
    public int idleServers() {
        return servers.idle();
    }

    private void answered(SimMessage message, boolean failed) {
        if (message.state == State.IN_FLIGHT) {
            end(message, message.givenUp ? Outcome.CANCELLED : failed ? Outcome.FAILED : Outcome.COMPLETED);
        } else if (message.givenUp) {
            gate.stopped(message, failed, time.now());
        }
    }

    private void end(SimMessage message, Outcome outcome) {
        ended(message, outcome);
        gate.finish(message, outcome, time.now());
    }

    private void ended(SimMessage message, Outcome outcome) {
        ledger.ended(message, outcome, message.state == State.IN_FLIGHT, time.now());
        message.state = State.ENDED;
        message.over();
    }
}
