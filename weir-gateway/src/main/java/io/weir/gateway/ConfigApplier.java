package io.weir.gateway;

import io.weir.config.GatewayConfig;
import io.weir.config.LoadedConfig;
import io.weir.core.admission.Admission;
import io.weir.core.config.WeirConfig;
import io.weir.core.queue.DecisionLog;
import io.weir.gateway.admission.Upstreams;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Has a running gateway take over the parts of a configuration that can change. Limits and rates are replaced in one step, for all queues.
 * Called by one thread at a time.
 */
final class ConfigApplier implements Consumer<LoadedConfig> {
    private final Admission admission;
    private final Upstreams upstreams;
    private final @Nullable DecisionLog decisions;
    private final List<Consumer<GatewayConfig>> others = new CopyOnWriteArrayList<>();
    private GatewayConfig applied;

    ConfigApplier(GatewayConfig running, Admission admission, Upstreams upstreams, @Nullable DecisionLog decisions) {
        this.applied = running;
        this.admission = admission;
        this.upstreams = upstreams;
        this.decisions = decisions;
    }

    /** Another part, which gets each configuration. */
    void also(Consumer<GatewayConfig> part) {
        others.add(part);
    }

    @Override
    public void accept(LoadedConfig loaded) {
        GatewayConfig next = loaded.config();
        if (!next.upstreams().equals(applied.upstreams())) {
            upstreams.update(next.upstreams());
        }
        if (!next.limits().equals(applied.limits())) {
            update(next.limits());
        }
        others.forEach(each -> each.accept(next));
        applied = next;
    }

    private void update(WeirConfig limits) {
        if (decisions == null) {
            admission.update(limits, System.nanoTime());
        } else {
            decisions.update(admission, limits, System.nanoTime());
        }
    }
}
