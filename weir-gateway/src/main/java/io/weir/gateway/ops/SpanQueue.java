package io.weir.gateway.ops;

import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;

/**
 * Spans that have ended and wait to be sent, in batches: {@value #MAX} at most, and those beyond it are lost and
 * counted. The SDK's own queue behind it is as large, and so never full: it would lose spans without a word.
 * Thread-safe.
 */
final class SpanQueue implements SpanProcessor {
    static final int MAX = 2_048;

    private final Semaphore slots = new Semaphore(MAX);
    private final LongAdder lost = new LongAdder();
    private final SpanProcessor batches;

    /**
     * A queue for that exporter.
     *
     * @param delay for which a span waits for others, to be sent with them
     */
    SpanQueue(SpanExporter exporter, Duration delay) {
        this.batches = BatchSpanProcessor.builder(new Releasing(exporter))
                .setMaxQueueSize(MAX)
                .setScheduleDelay(delay)
                .build();
    }

    /** How many spans found it full. */
    long lost() {
        return lost.sum();
    }

    @Override
    public void onStart(Context parent, ReadWriteSpan span) {
        batches.onStart(parent, span);
    }

    @Override
    public boolean isStartRequired() {
        return batches.isStartRequired();
    }

    @Override
    public void onEnd(ReadableSpan span) {
        if (!span.getSpanContext().isSampled()) {
            return;
        }
        if (slots.tryAcquire()) {
            batches.onEnd(span);
        } else {
            lost.increment();
        }
    }

    @Override
    public boolean isEndRequired() {
        return true;
    }

    @Override
    public CompletableResultCode forceFlush() {
        return batches.forceFlush();
    }

    @Override
    public CompletableResultCode shutdown() {
        return batches.shutdown();
    }

    /** Spans have left the queue when they are given to the exporter. */
    private final class Releasing implements SpanExporter {
        private final SpanExporter exporter;

        Releasing(SpanExporter exporter) {
            this.exporter = exporter;
        }

        @Override
        public CompletableResultCode export(Collection<SpanData> spans) {
            slots.release(spans.size());
            return exporter.export(spans);
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
}
