package io.weir.core.queue;

import io.weir.core.queue.QueueStats.OperationStats;
import io.weir.core.state.State;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What is known about the kinds of work that an upstream does: of the 1,024 that were used last. Not thread-safe. */
final class CostModel implements State.Stateful {
    private static final int MAX_OPERATIONS = 1024;
    private static final int MAX_SHOWN = 20;
    private static final int SAMPLES = 32;
    private static final long FIRST_GUESS_MICROS = 10_000;

    private final Map<String, LatencyProfile> profiles = new RecentMap<>(MAX_OPERATIONS);
    private final MovingMean any = new MovingMean(SAMPLES);
    private final Capacity capacity;

    CostModel(Capacity capacity) {
        this.capacity = capacity;
    }

    /** What is known of work of that kind; null if none was dispatched lately. */
    @Nullable
    LatencyProfile known(String work) {
        return profiles.get(work);
    }

    /** What is known of work of that kind, which is about to be dispatched. */
    LatencyProfile profile(String work) {
        LatencyProfile profile = profiles.get(work);
        if (profile == null) {
            profile = new LatencyProfile(capacity);
            profiles.put(work, profile);
        }
        return profile;
    }

    /**
     * What work of that kind costs a tenant, in microseconds of one place at the upstream: as this tenant's has, else
     * as everyone's.
     */
    long cost(TenantFlow tenant, String work, @Nullable LatencyProfile known) {
        return tenant.cost(work, known == null ? meanCost() : known.cost(meanCost()));
    }

    /** How long that work takes in the mean, in microseconds; 0 while it was never completed. */
    long latency(String work) {
        LatencyProfile known = profiles.get(work);
        return known == null ? 0 : known.cost(0);
    }

    /** What a message costs, in microseconds of one place. */
    long meanCost() {
        long mean = any.get();
        return mean == 0 ? FIRST_GUESS_MICROS : mean;
    }

    /** Notes a latency, and returns by how much it exceeds twice what the work takes by nature, in microseconds. */
    long learn(LatencyProfile profile, long micros, boolean alone) {
        long excess = profile.excess(micros);
        profile.learn(micros, alone);
        any.add(micros);
        return excess;
    }

    /** Those in flight or limited, most in flight first. */
    List<OperationStats> operations() {
        return profiles.entrySet().stream()
                .filter(each -> each.getValue().limit.isOfNote())
                .map(each -> each.getValue().limit.stats(each.getKey()))
                .sorted(Comparator.comparingInt(OperationStats::inFlight)
                        .reversed()
                        .thenComparing(OperationStats::operation))
                .limit(MAX_SHOWN)
                .toList();
    }

    @Override
    public void state(State state) {
        state.list(
                "profiles",
                profiles.entrySet(),
                (each, known) -> profile(each, known.getKey(), known.getValue()),
                each -> {
                    String operation = key(each);
                    profiles.put(operation, profile(each, operation, null));
                });
        state.part("any", any);
    }

    private static String key(State state) {
        return Objects.requireNonNull(state.text("operation", ""));
    }

    private LatencyProfile profile(State state, String operation, @Nullable LatencyProfile known) {
        state.text("operation", operation);
        return Objects.requireNonNull(state.shared("profile", known, this::emptyProfile));
    }

    /** To be read from a checkpoint. */
    LatencyProfile emptyProfile() {
        return new LatencyProfile(capacity);
    }
}
