package io.weir.gateway.ops;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.weir.config.ConfigException;
import io.weir.config.GatewayConfig;
import io.weir.gateway.http.Workers;
import io.weir.gateway.ops.LimitsPreview.Prediction;
import io.weir.gateway.ops.LimitsPreview.PreviewException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Makes previews on a thread of their own, one at a time, each for {@value #MAX_SECONDS} seconds at most. Thread-safe.
 */
final class PreviewRunner {
    static final int MAX_SECONDS = 10;

    private final LimitsPreview preview;
    private final Path decisionLog;
    private final WorkerExecutor worker;
    private final AtomicBoolean busy = new AtomicBoolean();

    /** @param decisionLog the newest part of the log that is being written */
    PreviewRunner(Vertx vertx, LimitsPreview preview, Path decisionLog) {
        this.preview = preview;
        this.decisionLog = decisionLog;
        this.worker = vertx.createSharedWorkerExecutor("weir-preview", 1);
    }

    /** Makes a configuration. */
    interface Trial {
        GatewayConfig config() throws ConfigException, LimitsPatch.MalformedException;
    }

    /** Tries a configuration; null if another preview is being made. Returns at once. */
    Future<AdminRequest.Answer> run(Trial trial) {
        if (!busy.compareAndSet(false, true)) {
            return Future.succeededFuture(AdminRequest.Answer.error(429, "another preview is being made; try again"));
        }
        return Workers.runUnordered(worker, () -> answer(trial)).onComplete(done -> busy.set(false));
    }

    private AdminRequest.Answer answer(Trial trial) throws ConfigException, LimitsPatch.MalformedException {
        GatewayConfig other = trial.config();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(MAX_SECONDS);
        try {
            return AdminRequest.Answer.ok(json(preview.predict(decisionLog, other, () -> System.nanoTime() - end > 0)));
        } catch (PreviewException e) {
            return AdminRequest.Answer.error(409, "no preview: " + e.getMessage());
        }
    }

    private static String json(Prediction prediction) {
        return Statistics.object(json -> {
            json.writeNumberField("duration_ms", prediction.duration().toMillis());
            json.writeArrayFieldStart("rows");
            for (LimitsPreview.Row row : prediction.rows()) {
                json.writeStartObject();
                json.writeStringField("label", row.label());
                json.writeStringField("logged", row.logged());
                json.writeStringField("predicted", row.predicted());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeArrayFieldStart("remarks");
            for (String remark : prediction.remarks()) {
                json.writeString(remark);
            }
            json.writeEndArray();
        });
    }
}
