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
 * @param queue the name of the upstream's queue, in decision logs and in its configuration
 * @param settings how Weir treats the messages of the upstream
 * @param upstream behind it
 * @param clients in front of it
 * @param faults in order of time
 * @param expectations what its result must be
 * @param source the text that it was read from; empty if it was made otherwise
 */
public record Scenario(
        String name,
        String description,
        long duration,
        long seed,
        String profile,
        WeirConfig config,
        String queue,
        UpstreamSettings settings,
        UpstreamModel upstream,
        List<ClientGroup> clients,
        List<Fault> faults,
        List<Expectation> expectations,
        String source) {
    /** The name of the upstream's queue, unless a gateway's configuration gives it another. */
    public static final String QUEUE = "upstream";

    /** One queue of adaptive capacity, with a circuit breaker. */
    public Scenario(
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
        this(
                name,
                description,
                duration,
                seed,
                profile,
                config,
                QUEUE,
                UpstreamSettings.DEFAULT,
                upstream,
                clients,
                faults,
                List.of(),
                source);
    }

    /** A copy that is guaranteed not to change. */
    public Scenario {
        clients = List.copyOf(clients);
        faults = List.copyOf(faults);
        expectations = List.copyOf(expectations);
    }

    /** The same situation with another seed. */
    public Scenario withSeed(long other) {
        return new Scenario(
                name,
                description,
                duration,
                other,
                profile,
                config,
                queue,
                settings,
                upstream,
                clients,
                faults,
                List.of(),
                source);
    }

    /** The same situation for another time; nanoseconds. */
    public Scenario withDuration(long other) {
        return copy(other, settings, clients);
    }

    /** The same situation for other clients. */
    public Scenario withClients(List<ClientGroup> others) {
        return copy(duration, settings, others);
    }

    /** The same situation with another treatment of the upstream's messages. */
    public Scenario withSettings(UpstreamSettings others) {
        return copy(duration, others, clients);
    }

    private Scenario copy(long otherDuration, UpstreamSettings otherSettings, List<ClientGroup> otherClients) {
        return new Scenario(
                name,
                description,
                otherDuration,
                seed,
                profile,
                config,
                queue,
                otherSettings,
                upstream,
                otherClients,
                faults,
                expectations,
                source);
    }
}
