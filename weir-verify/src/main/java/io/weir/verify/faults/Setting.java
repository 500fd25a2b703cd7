package io.weir.verify.faults;

import io.weir.core.config.BackpressureAction;
import io.weir.core.config.WeirConfig;
import io.weir.core.config.WeirConfigBuilder;
import io.weir.core.queue.Capacity;
import io.weir.core.queue.CircuitPolicy;
import io.weir.core.queue.QueuePolicy;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What one seed runs with: every run its own mixture of limits (0, 1, few, the maximum), actions, capacities, and of
 * the events that it does without (swarm testing: Groce et al., ISSTA 2012).
 */
record Setting(
        WeirConfig config,
        QueuePolicy policy,
        int tenants,
        int connectionsEach,
        boolean uniform,
        int longestBatch,
        List<Event> events) {

    private static final int[] LIMITS = {0, 1, 2, 5, 20, 100, (1 << 24) - 1};
    private static final BackpressureAction[] ACTIONS = {
        BackpressureAction.REFUSE,
        BackpressureAction.DROP_NEWEST,
        BackpressureAction.DROP_OLDEST,
        BackpressureAction.DISCONNECT
    };

    static Setting draw(long seed, int events) {
        SplittableRandom random = new SplittableRandom(seed);
        WeirConfig config = draw(random);
        boolean circuit = random.nextInt(4) == 0;
        QueuePolicy policy = new QueuePolicy(
                random.nextInt(4) == 0
                        ? Capacity.adaptive(1 + random.nextInt(40))
                        : Capacity.fixed(1 + random.nextInt(8)),
                new CircuitPolicy(
                        circuit,
                        Duration.ofMillis(1 + random.nextInt(200)),
                        1 + random.nextInt(50),
                        Duration.ofMillis(1 + random.nextInt(500)),
                        Duration.ofMillis(1 + random.nextInt(500))));
        int tenants = 1 + random.nextInt(5);
        int connections = 1 + random.nextInt(4);
        boolean uniform = random.nextBoolean();
        int batch = uniform || random.nextInt(3) > 0 ? 1 : 12;
        // A step back of the clock and a jump are rare enough already; what is left out are whole kinds.
        long one = random.nextLong();
        long without = one & random.nextLong() & ~3L;
        List<Event> drawn = new ArrayList<>(events);
        for (int i = 0; i < events; i++) {
            drawn.add(Event.draw(random, without));
        }
        return new Setting(config, policy, tenants, connections, uniform, batch, drawn);
    }

    Setting with(List<Event> fewer) {
        return new Setting(config, policy, tenants, connectionsEach, uniform, longestBatch, fewer);
    }

    private static WeirConfig draw(SplittableRandom random) {
        return new WeirConfigBuilder(1L << 40)
                .maxMessages(limit(random))
                .maxBytes(bytes(random))
                .backpressureAction(ACTIONS[random.nextInt(ACTIONS.length)])
                .enableTenantLimits(random.nextBoolean())
                .tenantMaxMessages(limit(random))
                .tenantMaxBytes(bytes(random))
                .globalMaxMessages(limit(random))
                .globalMaxBytes(bytes(random))
                .idleTimeout(Duration.ofMillis(1_000))
                .maxMessagesPerSec(random.nextBoolean() ? 1_000_000 : 1 + random.nextInt(200))
                .tenantMaxMessagesPerSec(random.nextBoolean() ? 1_000_000 : 1 + random.nextInt(500))
                .burstMultiplier(new BigDecimal(random.nextBoolean() ? "2.0" : "0.1"))
                .adaptiveEnabled(random.nextBoolean())
                .latencyThreshold(Duration.ofMillis(1 + random.nextInt(200)))
                .queueDepthThresholdPercent(50 + random.nextInt(51))
                .build();
    }

    static int limit(SplittableRandom random) {
        // Small ones would leave most runs with nothing to do, if they were as likely.
        return LIMITS[Math.max(random.nextInt(LIMITS.length), random.nextInt(LIMITS.length))];
    }

    static long bytes(SplittableRandom random) {
        return random.nextInt(3) > 0 ? 1L << 39 : (long) limit(random) * 100;
    }
}
