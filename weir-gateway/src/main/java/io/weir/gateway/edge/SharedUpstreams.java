package io.weir.gateway.edge;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.config.GatewayConfig;
import io.weir.config.HttpTransport;
import io.weir.config.MemoryPlan;
import io.weir.config.StdioTransport;
import io.weir.config.TcpTransport;
import io.weir.config.UpstreamConfig;
import io.weir.gateway.admission.Upstream;
import io.weir.gateway.admission.Upstreams;
import io.weir.gateway.child.ChildRuntime;
import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.jsonrpc.EnvelopeReader;
import io.weir.gateway.lineupstream.LineUpstream;
import io.weir.gateway.tls.TlsContext;
import io.weir.gateway.tls.TlsContexts;
import io.weir.gateway.upstream.HttpUpstream;
import io.weir.gateway.upstream.UpstreamShared;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** What event loops share of each upstream. Thread-safe. */
public final class SharedUpstreams {
    /** Of what upstreams count, that which is held now: it ends with them. All else is counted since the start. */
    private static final Set<String> HELD = Set.of("children", "line_connections");

    private final GatewayConfig config;
    private final Upstreams admission;
    private final TlsContexts tls;
    private final EnvelopeReader reader;
    private final MemoryBudget lines;
    private final MemoryBudget kept;
    private final ChildRuntime children;
    private volatile Map<Upstream, UpstreamShared> current = Map.of();

    @GuardedBy("this")
    private final List<UpstreamShared> removed = new ArrayList<>();

    /** What those have counted that are forgotten. */
    @GuardedBy("this")
    private final Map<String, Long> counted = new LinkedHashMap<>();

    /** Those of that configuration; what it says of all upstreams together stays in force. */
    SharedUpstreams(GatewayConfig config, Upstreams admission, TlsContexts tls, EnvelopeReader reader) {
        this.config = config;
        this.admission = admission;
        this.tls = tls;
        this.reader = reader;
        this.lines = new MemoryBudget(MemoryPlan.childLines(config));
        this.kept = new MemoryBudget(MemoryPlan.keptForSessions(config));
        this.children = ChildRuntime.create(lines);
        var unused = use(config);
    }

    /**
     * Has what belongs to the upstreams that the admission has now.
     *
     * @param next configures them
     * @return what is no more
     */
    public synchronized List<UpstreamShared> use(GatewayConfig next) {
        lines.limit(MemoryPlan.childLines(next));
        kept.limit(MemoryPlan.keptForSessions(next));
        Map<Upstream, UpstreamShared> all = new LinkedHashMap<>();
        for (UpstreamConfig each : next.upstreams()) {
            Upstream upstream = Objects.requireNonNull(admission.find(each.name()));
            UpstreamShared known = current.get(upstream);
            all.put(upstream, known == null ? made(each, upstream) : known);
        }
        List<UpstreamShared> gone = new ArrayList<>(current.values());
        gone.removeAll(all.values());
        removed.addAll(gone);
        current = all;
        return gone;
    }

    private UpstreamShared made(UpstreamConfig upstream, Upstream queues) {
        Optional<TlsContext> context = tls.upstream(upstream.name());
        if (upstream.transport() instanceof StdioTransport stdio) {
            return LineUpstream.ofProcesses(upstream, queues, stdio, children, kept, reader);
        }
        if (upstream.transport() instanceof TcpTransport tcp) {
            return LineUpstream.ofConnections(upstream, queues, tcp, context, children, kept, reader);
        }
        return new HttpUpstream(upstream, queues, (HttpTransport) upstream.transport(), config.edge(), context);
    }

    /** What there is now, in the order of the configuration. */
    public List<UpstreamShared> current() {
        return List.copyOf(current.values());
    }

    /** Forgets one that was removed, of which nothing is left; what it has counted stays. */
    public synchronized void forget(UpstreamShared gone) {
        if (removed.remove(gone)) {
            gone.statistics().forEach((name, value) -> {
                if (!HELD.contains(name)) {
                    counted.merge(name, value, Long::sum);
                }
            });
        }
    }

    /** What upstreams have beside connections, by name, all of them together. */
    synchronized Map<String, Long> statistics() {
        Map<String, Long> values = new LinkedHashMap<>(counted);
        all().forEach(each -> each.statistics().forEach((name, value) -> values.merge(name, value, Long::sum)));
        return values;
    }

    private synchronized List<UpstreamShared> all() {
        List<UpstreamShared> all = new ArrayList<>(current.values());
        all.addAll(removed);
        return all;
    }

    /** How many connections or children the upstream of that name has; none if there is no such upstream. */
    int open(String name) {
        Upstream found = admission.find(name);
        UpstreamShared shared = found == null ? null : current.get(found);
        return shared == null ? 0 : shared.open();
    }

    /** Ends them, those that were removed too: to be called when the event loops have stopped. May wait. */
    void close() {
        List<Runnable> steps = new ArrayList<>();
        all().forEach(each -> steps.add(each::stop));
        all().forEach(each -> steps.add(each::close));
        steps.add(children::close);
        ShutdownSteps.run(steps);
    }
}
