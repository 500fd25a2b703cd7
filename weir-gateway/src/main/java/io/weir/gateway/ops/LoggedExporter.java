package io.weir.gateway.ops;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.weir.config.Redaction;
import java.net.ConnectException;
import java.net.URI;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.logging.Level;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in the gateway's log that spans could not be sent: one line a minute at most, with how many were lost since the
 * last. Thread-safe.
 */
final class LoggedExporter implements SpanExporter {
    private static final Logger LOG = LoggerFactory.getLogger("weir.tracing");
    private static final int MAX_CAUSES = 8;
    private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

    /**
     * The exporter's own log, which says the same elsewhere. Held, since settings of loggers that nobody holds are
     * forgotten.
     */
    private static final java.util.logging.Logger OWN = java.util.logging.Logger.getLogger("io.opentelemetry.exporter");

    private final SpanExporter exporter;
    private final String url;
    private final AtomicLong lost = new AtomicLong();
    private final LongAdder lostInAll = new LongAdder();
    private final AtomicLong quietUntil = new AtomicLong(System.nanoTime());

    LoggedExporter(SpanExporter exporter, URI url) {
        this.exporter = exporter;
        this.url = Redaction.of(url);
        OWN.setLevel(Level.OFF);
    }

    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
        int count = spans.size();
        CompletableResultCode result = exporter.export(spans);
        result.whenComplete(() -> {
            if (!result.isSuccess()) {
                failed(count, result.getFailureThrowable());
            }
        });
        return result;
    }

    /** How many spans could not be sent since the start. */
    long lostInAll() {
        return lostInAll.sum();
    }

    private void failed(int spans, @Nullable Throwable cause) {
        lost.addAndGet(spans);
        lostInAll.add(spans);
        long now = System.nanoTime();
        long until = quietUntil.get();
        if (now - until >= 0 && quietUntil.compareAndSet(until, now + QUIET_NANOS)) {
            LOG.warn(
                    "tracing: {} spans could not be sent to {}: {}; requests are served all the same",
                    lost.getAndSet(0),
                    url,
                    why(cause));
        }
    }

    private static String why(@Nullable Throwable cause) {
        if (cause == null) {
            return "the receiver refused them";
        }
        String said = cause.getClass().getSimpleName();
        int depth = 0;
        for (Throwable each = cause; each != null && depth < MAX_CAUSES; each = each.getCause(), depth++) {
            if (each instanceof ConnectException) {
                return "it cannot be connected to";
            }
            said = each.getMessage() == null ? said : each.getMessage();
        }
        return said;
    }

    @Override
    public CompletableResultCode flush() {
        return exporter.flush();
    }

    @Override
    public CompletableResultCode shutdown() {
        return exporter.shutdown();
    }
}
