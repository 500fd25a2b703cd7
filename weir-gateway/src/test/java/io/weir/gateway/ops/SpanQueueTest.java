package io.weir.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SpanQueueTest {
    /** Takes spans when it may. */
    private static final class SlowExporter implements SpanExporter {
        private final CountDownLatch begun = new CountDownLatch(1);
        private final CountDownLatch may = new CountDownLatch(1);
        private final AtomicInteger first = new AtomicInteger();
        private final AtomicInteger taken = new AtomicInteger();

        @Override
        public CompletableResultCode export(Collection<SpanData> spans) {
            first.compareAndSet(0, spans.size());
            begun.countDown();
            try {
                may.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            taken.addAndGet(spans.size());
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode flush() {
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode shutdown() {
            return CompletableResultCode.ofSuccess();
        }
    }

    private final SlowExporter exporter = new SlowExporter();
    private final SpanQueue queue = new SpanQueue(exporter, Duration.ofMillis(1));

    private static void spans(Tracer tracer, int count) {
        for (int i = 0; i < count; i++) {
            tracer.spanBuilder("call").startSpan().end();
        }
    }

    @Test
    void spans_beyondTheBound_areCounted_andAllOthersAreSent() throws Exception {
        try (SdkTracerProvider provider =
                SdkTracerProvider.builder().addSpanProcessor(queue).build()) {
            Tracer tracer = provider.get("test");
            spans(tracer, 1);
            assertThat(exporter.begun.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(exporter.first).hasValue(1);

            spans(tracer, SpanQueue.MAX);
            assertThat(queue.lost()).isZero();
            spans(tracer, 7);
            assertThat(queue.lost()).isEqualTo(7);

            exporter.may.countDown();
            assertThat(provider.forceFlush().join(30, TimeUnit.SECONDS).isSuccess())
                    .isTrue();
            assertThat(exporter.taken).hasValue(1 + SpanQueue.MAX);
            spans(tracer, SpanQueue.MAX);
            assertThat(queue.lost()).isEqualTo(7);
        }
        assertThat(exporter.taken).hasValue(1 + 2 * SpanQueue.MAX);
    }

    @Test
    void span_thatIsNotSampled_takesNoPlace() {
        exporter.may.countDown();
        try (SdkTracerProvider provider = SdkTracerProvider.builder()
                .addSpanProcessor(queue)
                .setSampler(Sampler.alwaysOff())
                .build()) {
            spans(provider.get("test"), 2 * SpanQueue.MAX);
        }

        assertThat(queue.lost()).isZero();
        assertThat(exporter.taken).hasValue(0);
    }
}
