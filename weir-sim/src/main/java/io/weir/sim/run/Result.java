package io.weir.sim.run;

import io.weir.sim.run.MessageCounters.Fate;
import io.weir.sim.scenario.ClientGroup;
import io.weir.sim.scenario.Scenario;
import io.weir.sim.scenario.UpstreamModel;
import java.util.List;
import java.util.SortedMap;

/**
 * What came of a scenario.
 *
 * @param scenario that was played
 * @param total everything
 * @param groups by name of the group of clients
 * @param tenants by key
 * @param peaks how much was pending at the most
 * @param series over virtual time, until the clients' end
 * @param byTenant the same, by key
 * @param byOperation the same, by the work's name
 * @param circuit the states of the circuit breaker
 * @param signals what an operator would have been told, in order; the first {@value Simulation#MAX_SIGNALS}
 * @param wrong what the audits found to be wrong; empty if everything is accounted for
 * @param ended when the last message had ended; nanoseconds
 */
public record Result(
        Scenario scenario,
        MessageCounters total,
        SortedMap<String, MessageCounters> groups,
        SortedMap<String, MessageCounters> tenants,
        Peaks peaks,
        Series series,
        Breakdown byTenant,
        Breakdown byOperation,
        CircuitHistory circuit,
        List<Signal> signals,
        List<String> wrong,
        long ended) {
    /** Something that an operator would have been told, and when. */
    public record Signal(long at, String what) {}

    /** What became of the messages of one group of clients; nothing, if it sent none. */
    public MessageCounters group(String name) {
        MessageCounters account = groups.get(name);
        return account == null ? new MessageCounters() : account;
    }

    /**
     * How many messages the upstream, as it was at the beginning, can work on while clients send; of the mix that was
     * offered. All of them, if it has no such limit.
     */
    public double capacity() {
        double offered = 0;
        double work = 0;
        for (ClientGroup group : scenario.clients()) {
            double messages = group(group.name()).messages(Fate.OFFERED);
            offered += messages;
            work += messages * scenario.upstream().service(group.operation()).mean();
        }
        if (scenario.upstream().kind() == UpstreamModel.Kind.DELAY) {
            return offered;
        }
        return work == 0 ? 0 : (double) scenario.upstream().servers() * scenario.duration() * offered / work;
    }

    /** What was completed in time, as a share of {@link #capacity}. */
    public double goodput() {
        double capacity = capacity();
        return capacity == 0 ? 0 : total.messages(Fate.GOOD) / capacity;
    }

    /** The share of what was offered that was not let in. */
    public double refusals() {
        long offered = total.messages(Fate.OFFERED);
        return offered == 0 ? 0 : (double) total.rejected() / offered;
    }

    /** Whether it is what the scenario expects, for each expectation. */
    public List<Verdict> verdicts() {
        return Verdict.of(this);
    }

    /** Whether everything that was offered is accounted for, by the simulation's books and by the gate's. */
    public boolean isConserved() {
        return wrong.isEmpty();
    }
}
