package io.weir.gateway;

import io.weir.config.ConfigException;
import io.weir.config.GatewayConfig;
import io.weir.config.LoadedConfig;
import io.weir.core.admission.Admission;
import io.weir.core.config.WeirConfig;
import io.weir.core.queue.DecisionLog;
import io.weir.gateway.edge.UpstreamChanges;
import io.weir.gateway.ops.LiveConfig;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Has a running gateway take over the parts of a configuration that can change. Limits and rates are replaced in one
 * step, for all queues. Called by one thread at a time.
 */
final class ConfigApplier implements LiveConfig.Applier {
    private final Admission admission;
    private final @Nullable DecisionLog decisions;
    private final List<Consumer<GatewayConfig>> others = new CopyOnWriteArrayList<>();
    private volatile @Nullable UpstreamChanges upstreams;
    private GatewayConfig applied;

    ConfigApplier(GatewayConfig running, Admission admission, @Nullable DecisionLog decisions) {
        this.applied = running;
        this.admission = admission;
        this.decisions = decisions;
    }

    /** Another part, which gets each configuration. */
    void also(Consumer<GatewayConfig> part) {
        others.add(part);
    }

    /** What changes the upstreams; to be called before they change, which no PATCH does. */
    void upstreams(UpstreamChanges changes) {
        upstreams = changes;
    }

    @Override
    public Runnable prepare(LoadedConfig loaded) throws ConfigException {
        UpstreamChanges changes = upstreams;
        boolean others = !loaded.config().upstreams().equals(applied.upstreams());
        Runnable change = changes == null || !others ? () -> {} : changes.prepare(applied, loaded);
        return () -> apply(loaded.config(), change);
    }

    private void apply(GatewayConfig next, Runnable changeUpstreams) {
        changeUpstreams.run();
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
