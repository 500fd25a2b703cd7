package io.weir.bench.pairs;

import io.weir.sim.engine.Randomness;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Arrivals of several groups of clients on an open loop. Deterministic; not thread-safe. */
final class Traffic {
    private static final long SECOND = 1_000_000_000L;
    private static final long MILLI = 1_000_000L;
    private static final int SESSIONS = 4;
    /** Of service times beyond the mean: one call cannot take most of a run. */
    private static final long MAX_TIMES_MEAN = 4;

    private final List<Arrival> arrivals = new ArrayList<>();
    private final int seconds;

    private Traffic(int seconds) {
        this.seconds = seconds;
    }

    static Traffic of(int seconds) {
        return new Traffic(seconds);
    }

    /**
     * Calls of a tool, Poisson, with exponential service times; the rate is half in the first and third quarter, to
     * vary the load.
     */
    Traffic calls(String tenant, String tool, double perSecond, int meanMillis) {
        return calls(tenant, tool, perSecond, meanMillis, 0);
    }

    /** The same, given up by their clients after a time. */
    Traffic calls(String tenant, String tool, double perSecond, int meanMillis, int cancelAfterMillis) {
        Randomness random = new Randomness(11, arrivals.size() + 1L);
        long at = 0;
        for (int i = 0; ; i++) {
            boolean half = at * 4 / (seconds * SECOND) % 2 == 0;
            at += random.exponential((long) (SECOND / (half ? perSecond / 2 : perSecond)));
            if (at >= seconds * SECOND) {
                return this;
            }
            long nanos = Math.min(random.exponential(meanMillis * MILLI), MAX_TIMES_MEAN * (meanMillis * MILLI));
            int millis = (int) Math.max(1, nanos / MILLI);
            arrivals.add(new Arrival(at, tenant, i % SESSIONS, tool, millis, cancelAfterMillis));
        }
    }

    /** In the order of time. */
    List<Arrival> arrivals() {
        return arrivals.stream()
                .sorted(Comparator.comparingLong(Arrival::atNanos))
                .toList();
    }
}
