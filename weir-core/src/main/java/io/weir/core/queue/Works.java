package io.weir.core.queue;

import java.util.Map;

/** What is known about the kinds of work that an upstream does: of the 1,024 that were used last. Not thread-safe. */
final class Works {
    private static final int MOST = 1024;
    private static final long FIRST_GUESS_MICROS = 10_000;

    private final Map<String, WorkProfile> profiles = new RecentMap<>(MOST);
    private final WorkProfile any = new WorkProfile();

    /** What work of that kind costs a tenant, in microseconds of one place at the upstream: as this tenant's has, else as everyone's. */
    long cost(TenantFlow tenant, String work) {
        WorkProfile known = profiles.get(work);
        return tenant.cost(work, known == null ? meanCost() : known.cost(meanCost()));
    }

    /** What a message costs, in microseconds of one place. */
    long meanCost() {
        return any.cost(FIRST_GUESS_MICROS);
    }

    /** Notes a latency, and returns by how much it exceeds what the work takes by nature, in microseconds. */
    long learn(String work, long micros, boolean alone) {
        WorkProfile profile = profiles.get(work);
        if (profile == null) {
            profile = new WorkProfile();
            profiles.put(work, profile);
        }
        long excess = profile.excess(micros);
        profile.learn(micros, alone);
        any.learn(micros, false);
        return excess;
    }
}
