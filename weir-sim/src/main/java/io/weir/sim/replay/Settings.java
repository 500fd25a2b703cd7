package io.weir.sim.replay;

import io.weir.core.config.ConfigKey;
import io.weir.core.config.InvalidConfigException;
import io.weir.core.config.TenantKey;
import io.weir.core.config.WeirConfig;
import io.weir.core.config.WeirConfigBuilder;
import io.weir.core.queue.DecisionLog;
import io.weir.core.queue.QueuePolicy;
import io.weir.core.state.StateReader;

/** Reads the configurations that a log names. */
final class Settings {
    private static final long NO_HEAP = 1L << 32;
    private static final String TENANTS = "tenants";

    private Settings() {}

    /** Whether a log can begin with that line: it holds a configuration, and all that decides on what follows. */
    static boolean isBeginning(LogLine line) {
        return line.event().equals("start") || line.event().equals("checkpoint");
    }

    /** The configuration of a line {@code start} or {@code checkpoint}. */
    static WeirConfig config(LogLine start) throws ReplayException {
        if (!isBeginning(start)) {
            throw new ReplayException(
                    start.where() + ": the log begins in the middle: the file before it is missing. With"
                            + " --config or --profile it can be asked what would have happened, all the same");
        }
        if (start.number("v") != DecisionLog.VERSION) {
            throw new ReplayException(start.where() + ": version " + start.number("v")
                    + " of decision logs; this Weir reads " + DecisionLog.VERSION);
        }
        return changed(start);
    }

    /** The configuration of a line {@code limits}: the one in force from there on. */
    static WeirConfig changed(LogLine limits) throws ReplayException {
        WeirConfigBuilder builder = new WeirConfigBuilder(NO_HEAP);
        try {
            for (String section : new String[] {ConfigKey.QUEUE_LIMITS, ConfigKey.BACKPRESSURE}) {
                LogLine values = limits.section(section);
                for (String key : values.names()) {
                    builder.set(section, key, values.text(key));
                }
            }
            if (limits.has(TENANTS)) {
                LogLine tenants = limits.section(TENANTS);
                for (String tenant : tenants.names()) {
                    tenant(builder, tenant, tenants.section(tenant));
                }
            }
            return builder.build();
        } catch (InvalidConfigException e) {
            throw new ReplayException(limits.where() + ": " + e.getMessage());
        }
    }

    private static void tenant(WeirConfigBuilder builder, String tenant, LogLine values) throws ReplayException {
        for (String name : values.names()) {
            TenantKey key = TenantKey.find(name)
                    .orElseThrow(() -> new ReplayException(
                            values.where() + ": an unknown limit '" + name + "'; is it of another version of Weir?"));
            builder.set(tenant, key, values.text(name));
        }
    }

    /** How the queue of a line {@code queue} behaves. */
    static QueuePolicy policy(LogLine line) throws ReplayException {
        try {
            return QueuePolicy.read(new StateReader(line.fields()));
        } catch (IllegalArgumentException e) {
            throw new ReplayException(line.where() + ": " + e.getMessage());
        }
    }
}
