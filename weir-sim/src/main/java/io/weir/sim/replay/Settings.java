package io.weir.sim.replay;

import io.weir.core.config.ConfigKey;
import io.weir.core.config.InvalidConfigException;
import io.weir.core.config.WeirConfig;
import io.weir.core.config.WeirConfigBuilder;
import io.weir.core.queue.Capacity;
import io.weir.core.queue.CircuitPolicy;
import io.weir.core.queue.DecisionLog;
import io.weir.core.queue.QueuePolicy;
import java.time.Duration;

/** Reads the configuration that a log begins with. */
final class Settings {
    private static final long NO_HEAP = 1L << 32;

    private Settings() {}

    /** The configuration of a line {@code start}. */
    static WeirConfig config(LogLine start) throws ReplayException {
        if (!start.event().equals("start")) {
            throw new ReplayException(
                    start.where() + ": the log begins in the middle: the file before it is missing. With"
                            + " --config or --profile it can be asked what would have happened, all the same");
        }
        if (start.number("v") != DecisionLog.VERSION) {
            throw new ReplayException(start.where() + ": version " + start.number("v")
                    + " of decision logs; this Weir reads " + DecisionLog.VERSION);
        }
        WeirConfigBuilder builder = new WeirConfigBuilder(NO_HEAP);
        try {
            for (String section : new String[] {ConfigKey.QUEUE_LIMITS, ConfigKey.BACKPRESSURE}) {
                LogLine values = start.section(section);
                for (String key : values.names()) {
                    builder.set(section, key, values.text(key));
                }
            }
            return builder.build();
        } catch (InvalidConfigException e) {
            throw new ReplayException(start.where() + ": " + e.getMessage());
        }
    }

    /** How the queue of a line {@code queue} behaves. */
    static QueuePolicy policy(LogLine line) throws ReplayException {
        LogLine circuit = line.section("circuit");
        try {
            return new QueuePolicy(
                    Capacity.parse(line.text("capacity")),
                    new CircuitPolicy(
                            circuit.flag("enabled"),
                            Duration.ofMillis(circuit.number("queue_delay_ms")),
                            (int) circuit.number("error_percent"),
                            Duration.ofMillis(circuit.number("open_ms")),
                            Duration.ofMillis(circuit.number("half_open_ms"))),
                    line.has("abandoned_hold_ms")
                            ? Duration.ofMillis(line.number("abandoned_hold_ms"))
                            : QueuePolicy.DEFAULT_ABANDONED_HOLD);
        } catch (IllegalArgumentException e) {
            throw new ReplayException(line.where() + ": " + e.getMessage());
        }
    }
}
