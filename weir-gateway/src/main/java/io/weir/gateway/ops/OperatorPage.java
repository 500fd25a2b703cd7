package io.weir.gateway.ops;

import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.weir.config.GatewayConfig;
import io.weir.config.MemoryPlan;
import io.weir.core.config.WeirConfig;
import io.weir.core.queue.EngineStats;
import io.weir.gateway.admission.RejectionCounters;
import io.weir.gateway.http.Workers;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The page at the operator's port, and what it reads: the last hour at {@code /history}, and a snapshot a second at
 * {@code /events}. One thread of its own takes the figures and writes the JSON, so that no message waits for it.
 * Thread-safe.
 */
public final class OperatorPage {
    private static final Logger LOG = LoggerFactory.getLogger("weir.admin");
    private static final long SAMPLE_MILLIS = 1_000;
    private static final int MAX_NAMED = 4;

    private final Vertx vertx;
    private final WorkerExecutor worker;
    private final PageAssets assets = new PageAssets();
    private final History history =
            new History(MemoryPlan.historySeconds(Runtime.getRuntime().maxMemory()));
    private final Sampler sampler;
    private final EventStreams events;
    private final AtomicBoolean sampling = new AtomicBoolean();
    private volatile WeirConfig limits;

    /**
     * Of that engine.
     *
     * @param limits in force
     * @param rejections what is rejected
     * @param decisionLog how the decision log does
     * @param canPreview whether a preview can be asked for
     */
    public OperatorPage(
            Vertx vertx,
            EngineStats engine,
            WeirConfig limits,
            RejectionCounters rejections,
            Supplier<Statistics.LogState> decisionLog,
            boolean canPreview) {
        this.vertx = vertx;
        this.limits = limits;
        this.worker = vertx.createSharedWorkerExecutor("weir-page", 1);
        this.sampler = new Sampler(engine, rejections, history, decisionLog, canPreview);
        this.events = new EventStreams(vertx, System::nanoTime);
    }

    /** Begins to take samples. */
    public void start() {
        vertx.setPeriodic(SAMPLE_MILLIS, timer -> {
            // One that is late takes the place of the next.
            if (sampling.compareAndSet(false, true)) {
                Workers.runUnordered(worker, this::sample).onComplete(done -> sampling.set(false));
            }
        });
    }

    private boolean sample() {
        try {
            String snapshot = sampler.sample(System.nanoTime(), System.currentTimeMillis(), events.isWatched());
            if (snapshot != null) {
                events.send(snapshot);
            }
            return true;
        } catch (RuntimeException e) {
            LOG.error("the page has no figures of this second", e);
            return false;
        }
    }

    /** Notes in the history what has changed. */
    public void limitsChanged(GatewayConfig next) {
        List<String> changes = limits.changesTo(next.limits());
        limits = next.limits();
        if (!changes.isEmpty()) {
            int more = changes.size() - MAX_NAMED;
            String text = String.join(", ", changes.subList(0, Math.min(MAX_NAMED, changes.size())))
                    + (more > 0 ? " and " + more + " more" : "");
            history.mark(System.currentTimeMillis(), text);
        }
    }

    /** Answers with the page itself. */
    void document(AdminRequest request) {
        assets.serve(request, "/");
    }

    /** Answers with a file that the page needs. */
    void asset(AdminRequest request) {
        assets.serve(request, "/assets/" + request.parameter());
    }

    /** Sends a snapshot a second. */
    void events(AdminRequest request) {
        events.open(request);
    }

    /** Answers with the last hour, or with what has come since the time in the query. */
    void history(AdminRequest request) throws AdminRequest.BadQueryException {
        String since = request.query("since").text("since");
        long from;
        try {
            from = since == null ? Long.MIN_VALUE : Long.parseLong(since);
        } catch (NumberFormatException e) {
            throw new AdminRequest.BadQueryException("since: must be milliseconds since 1970");
        }
        Workers.runUnordered(worker, () -> history.json(from))
                .onSuccess(json -> request.answer(AdminRequest.Answer.ok(json)))
                .onFailure(
                        e -> request.answer(AdminRequest.Answer.error(500, "the history cannot be read; try again")));
    }
}
