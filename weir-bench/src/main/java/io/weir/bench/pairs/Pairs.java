package io.weir.bench.pairs;

import java.util.List;

/** The pairs: several shapes of servers, loads below, at and above what they can do, and kinds of changes. */
final class Pairs {
    private static final int SECONDS = 5;

    private Pairs() {}

    private static String upstream(String... lines) {
        return String.join("\n", lines).indent(4);
    }

    /** The mean of the two rates of {@link Traffic}'s quarters is three quarters of what is named there. */
    static List<Pair> all() {
        return List.of(
                new Pair(
                        "1 worker at 0.8x: capacity 1 to 4",
                        Shape.FIFO_1,
                        Traffic.of(SECONDS).calls("a", "slow", 54, 20),
                        upstream("capacity: 1", "ttl_ms: 1000"),
                        upstream("capacity: 4", "ttl_ms: 1000")),
                new Pair(
                        "1 worker at 2x: ttl_ms 30000 to 300",
                        Shape.FIFO_1,
                        Traffic.of(SECONDS).calls("a", "slow", 134, 20),
                        upstream("capacity: 1"),
                        upstream("capacity: 1", "ttl_ms: 300")),
                new Pair(
                        "4 workers at 1.5x: adaptive to capacity 4",
                        Shape.FIFO_4,
                        Traffic.of(SECONDS).calls("a", "slow", 200, 40),
                        upstream("capacity: adaptive", "ttl_ms: 1000"),
                        upstream("capacity: 4", "ttl_ms: 1000")),
                new Pair(
                        "4 workers at 1.5x: capacity 8 to adaptive",
                        Shape.FIFO_4,
                        Traffic.of(SECONDS).calls("a", "slow", 200, 40),
                        upstream("capacity: 8", "ttl_ms: 1000"),
                        upstream("capacity: adaptive", "ttl_ms: 1000")),
                new Pair(
                        "4 workers at 0.6x: adaptive to capacity 2",
                        Shape.FIFO_4,
                        Traffic.of(SECONDS).calls("a", "slow", 80, 40),
                        upstream("capacity: adaptive", "ttl_ms: 1000"),
                        upstream("capacity: 2", "ttl_ms: 1000")),
                new Pair(
                        "4 workers at 1.5x: capacity 2 to 16",
                        Shape.FIFO_4,
                        Traffic.of(SECONDS).calls("a", "slow", 200, 40),
                        upstream("capacity: 2", "ttl_ms: 1000"),
                        upstream("capacity: 16", "ttl_ms: 1000")),
                new Pair(
                        "unlimited: capacity 8 to adaptive",
                        Shape.UNLIMITED,
                        Traffic.of(SECONDS).calls("a", "slow", 100, 200),
                        upstream("capacity: 8", "ttl_ms: 1000"),
                        upstream("capacity: adaptive", "ttl_ms: 1000")),
                new Pair(
                        "2 shared cores at 1.2x, two tools: capacity of the slow one",
                        Shape.SHARED_2,
                        Traffic.of(SECONDS).calls("a", "quick", 100, 5).calls("b", "slow", 14, 200),
                        upstream("capacity: 16", "ttl_ms: 2000"),
                        upstream("capacity: 16", "ttl_ms: 2000", "tools:", "  slow: {capacity: 1}")),
                new Pair(
                        "4 workers at 1.6x, two tools: one at low priority",
                        Shape.FIFO_4,
                        Traffic.of(SECONDS).calls("a", "crawl", 100, 40).calls("a", "quick", 110, 40),
                        upstream("capacity: 4", "ttl_ms: 1000"),
                        upstream("capacity: 4", "ttl_ms: 1000", "tools:", "  crawl: {priority: background}")),
                new Pair(
                        "4 workers at 2x, two tenants: weights 1:1 to 3:1",
                        Shape.FIFO_4,
                        Traffic.of(SECONDS).calls("a", "slow", 133, 40).calls("b", "slow", 133, 40),
                        upstream("capacity: 4", "ttl_ms: 1000"),
                        upstream("capacity: 4", "ttl_ms: 1000", "tenant_weights: {a: 3}")),
                new Pair(
                        "Java SDK server: tenant's rate 500 to 40",
                        Shape.SDK,
                        Traffic.of(SECONDS).calls("a", "slow", 100, 100).calls("b", "slow", 30, 100),
                        "",
                        """
                        backpressure:
                          max_messages_per_sec: 40
                          tenant_max_messages_per_sec: 40
                          burst_multiplier: 1
                        """),
                new Pair(
                        "4 workers at 2x: pending of a session 1000 to 5",
                        Shape.FIFO_4,
                        Traffic.of(SECONDS).calls("a", "slow", 266, 40),
                        upstream("capacity: 4", "ttl_ms: 5000"),
                        upstream("capacity: 4", "ttl_ms: 5000") + "queue_limits:\n  max_messages: 5\n"),
                new Pair(
                        "4 workers at 2x: production to development",
                        Shape.FIFO_4,
                        Traffic.of(SECONDS).calls("a", "slow", 266, 40),
                        upstream("capacity: 4", "ttl_ms: 5000"),
                        upstream("capacity: 4", "ttl_ms: 5000") + "profile: development\n"),
                new Pair(
                        "4 workers at 1.5x, cancelled after 300 ms: capacity 16 to 4",
                        Shape.FIFO_4,
                        Traffic.of(SECONDS).calls("a", "slow", 200, 40, 300),
                        upstream("capacity: 16", "ttl_ms: 5000"),
                        upstream("capacity: 4", "ttl_ms: 5000")));
    }
}
