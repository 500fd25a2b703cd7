package io.weir.gateway.pipe;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.Outcome;
import io.weir.core.Rejection;
import io.weir.gateway.admission.Cancellation;
import io.weir.gateway.admission.Exchange;
import io.weir.gateway.admission.InboundRequest;
import io.weir.gateway.jsonrpc.EnvelopeReader;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Payload;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PipeRequestTest {
    private static final long HOLD = TimeUnit.SECONDS.toNanos(3);

    private final List<String> told = new ArrayList<>();

    /** What another thread does while a request is given up. */
    private Runnable meanwhile = () -> {};

    private final Exchange exchange = new Exchange() {
        @Override
        public void end(Outcome outcome, long now) {
            told.add("end " + outcome);
        }

        @Override
        public long abandon(Outcome outcome, long now) {
            told.add("abandon " + outcome);
            meanwhile.run();
            return HOLD;
        }

        @Override
        public @Nullable Rejection rejection() {
            return null;
        }
    };

    private PipeRequest request(String line) throws Exception {
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        InboundRequest inbound = new InboundRequest(
                "default",
                Client.ofAddress("default", "stdio", ""),
                null,
                false,
                new EnvelopeReader().read(bytes),
                Payload.of(bytes),
                Long.MAX_VALUE,
                true);
        return new PipeRequest(inbound, new PipeRequest.Owner() {
            @Override
            public void dispatch(PipeRequest request) {
                told.add("dispatch");
            }

            @Override
            public void removed(PipeRequest request) {
                told.add("removed " + (request.exchange() != null));
            }
        });
    }

    private PipeRequest call() throws Exception {
        return request("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\"}");
    }

    @Test
    void removed_beforeItIsKnownWhatIsHeld_isToldAsSoonAsThatIsKnown() throws Exception {
        PipeRequest request = call();

        request.removed();
        assertThat(told).isEmpty();
        request.holds(exchange, Cancellation.NONE);

        assertThat(told).containsExactly("removed true");
    }

    @Test
    void dispatched_beforeAndAfterItIsKnownWhatIsHeld_isDoneOnce() throws Exception {
        PipeRequest early = call();
        early.dispatched();
        early.holds(exchange, Cancellation.NONE);
        PipeRequest late = call();
        late.holds(exchange, Cancellation.NONE);
        late.dispatched();

        assertThat(told).containsExactly("dispatch", "dispatch");
    }

    @Test
    void sweep_whatTakesTooLong_isToldOnce_andHoldsItsSlotForAWhile() throws Exception {
        PipeRequest request = call();
        request.holds(exchange, Cancellation.NONE);
        long now = System.nanoTime();
        request.given(now, 100);

        assertThat(request.sweep(now + 99)).isEmpty();
        assertThat(request.sweep(now + 100)).containsExactly("1");
        assertThat(request.sweep(now + 99 + HOLD)).isEmpty();
        assertThat(told).containsExactly("abandon FAILED");
        assertThat(request.isOver()).isFalse();
        assertThat(request.sweep(now + 100 + HOLD)).isEmpty();
        assertThat(request.isOver()).isTrue();
        assertThat(told).containsExactly("abandon FAILED", "end FAILED");
    }

    @Test
    void sweep_whatIsAnsweredAtThatMoment_hasExactlyOneAnswer() throws Exception {
        PipeRequest request = call();
        request.holds(exchange, Cancellation.NONE);
        long now = System.nanoTime();
        request.given(now, 100);
        meanwhile = () -> told.add("passed " + request.answered("1", now + 100));

        assertThat(request.sweep(now + 100)).containsExactly("1");
        assertThat(told).containsExactly("abandon FAILED", "end FAILED", "passed false");
    }

    @Test
    void answered_withAnIdThatIsWrittenInAnotherWay_isTheAnswer() throws Exception {
        PipeRequest request = request("{\"jsonrpc\":\"2.0\",\"id\":\"a\\/\\u00e9\",\"method\":\"tools/call\"}");
        request.holds(exchange, Cancellation.NONE);

        assertThat(request.answered("\"a/e\"", 0)).isFalse();
        assertThat(request.answered("\"a/\u00e9\"", 0)).isTrue();
        assertThat(told).containsExactly("end COMPLETED");
    }

    @Test
    void sweep_whatWasCancelled_isNotTold() throws Exception {
        PipeRequest request = call();
        request.holds(exchange, Cancellation.NONE);
        long now = System.nanoTime();
        request.given(now, TimeUnit.MINUTES.toNanos(5));
        request.cancellationTaken();

        assertThat(request.sweep(now)).isEmpty();
        assertThat(request.sweep(now + TimeUnit.SECONDS.toNanos(60))).isEmpty();
        assertThat(told).containsExactly("abandon CANCELLED");
        assertThat(request.answered("1", now)).isFalse();
        assertThat(told).containsExactly("abandon CANCELLED", "end COMPLETED");
    }

    @Test
    void notification_endsWhenItIsWritten_notWhenTheServerBeginsToReadIt() throws Exception {
        PipeRequest request = request("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\"}");
        request.holds(exchange, Cancellation.NONE);
        request.given(System.nanoTime(), 1);
        assertThat(request.isOver()).isFalse();
        assertThat(told).isEmpty();

        request.written(System.nanoTime());

        assertThat(request.isOver()).isTrue();
        assertThat(told).containsExactly("end COMPLETED");
    }
}
