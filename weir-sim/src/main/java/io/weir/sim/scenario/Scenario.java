package io.weir.sim.scenario;

import io.weir.core.config.WeirConfig;
import java.util.List;

/**
 * A situation to be played.
 *
 * @param name what files and reports are named after
 * @param description one sentence for a person; may be empty
 * @param duration nanoseconds in which clients send; what is pending then is played to its end
 * @param seed of everything that is left to chance
 * @param profile that the configuration starts from
 * @param config of the core
 * @param upstream behind it
 * @param clients in front of it
 * @param faults in order of time
 * @param source the text that it was read from; empty if it was made otherwise
 */
public record Scenario(
        String name,
        String description,
        long duration,
        long seed,
        String profile,
        WeirConfig config,
        UpstreamModel upstream,
        List<ClientGroup> clients,
        List<Fault> faults,
        String source) {
    /** A copy that is guaranteed not to change. */
    public Scenario {
        clients = List.copyOf(clients);
        faults = List.copyOf(faults);
    }

    /** The same situation with another seed. */
    public Scenario withSeed(long other) {
        return new Scenario(name, description, duration, other, profile, config, upstream, clients, faults, source);
    }

    /** The same situation for another time; nanoseconds. */
    public Scenario withDuration(long other) {
        return new Scenario(name, description, other, seed, profile, config, upstream, clients, faults, source);
    }

    /** The same situation for other clients. */
    public Scenario withClients(List<ClientGroup> others) {
        return new Scenario(name, description, duration, seed, profile, config, upstream, others, faults, source);
    }
}
