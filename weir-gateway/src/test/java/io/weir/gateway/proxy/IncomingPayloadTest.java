package io.weir.gateway.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.proxy.IncomingPayload.Failure;
import io.weir.gateway.session.Payload;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class IncomingPayloadTest {
    private static final Buffer TEN = Buffer.buffer("0123456789");

    private final MemoryBudget budget = new MemoryBudget(100_000);
    private final IncomingPayload incoming = new IncomingPayload(budget, 20);

    @Test
    void asManyBytesAsThereMayBe_areReceived_andBudgetedUntilReleased() {
        assertThat(incoming.begin(-1)).isNull();
        assertThat(incoming.append(TEN, 0, 10)).isNull();
        assertThat(incoming.append(TEN, 0, 10)).isNull();

        Payload whole = incoming.complete();

        assertThat(new String(whole.contiguous(), StandardCharsets.US_ASCII)).isEqualTo("01234567890123456789");
        assertThat(incoming.isBegun()).isFalse();
        assertThat(budget.taken()).isGreaterThanOrEqualTo(20);
        incoming.release();
        incoming.release();
        assertThat(budget.taken()).isZero();
    }

    @Test
    void oneByteMore_isTooLarge_andNothingIsKept() {
        assertThat(incoming.begin(-1)).isNull();
        assertThat(incoming.append(TEN, 0, 10)).isNull();
        assertThat(incoming.append(TEN, 0, 10)).isNull();

        assertThat(incoming.append(TEN, 3, 4)).isEqualTo(Failure.TOO_LARGE);

        assertThat(incoming.isBegun()).isFalse();
        assertThat(budget.taken()).isZero();
    }

    @Test
    void whatIsAnnouncedToBeTooLarge_doesNotBegin() {
        assertThat(incoming.begin(21)).isEqualTo(Failure.TOO_LARGE);
        assertThat(incoming.begin(20)).isNull();
    }

    @Test
    void withoutRoomInTheBudget_nothingIsKept() {
        assertThat(budget.take(99_990)).isTrue();
        assertThat(incoming.begin(-1)).isNull();

        assertThat(incoming.append(TEN, 0, 10)).isEqualTo(Failure.OVER_BUDGET);

        assertThat(incoming.isBegun()).isFalse();
        assertThat(budget.taken()).isEqualTo(99_990);
    }

    @Test
    void whatIsAnnouncedToBeLarge_leavesRoomForWhatIsSmall() {
        MemoryBudget most = new MemoryBudget(800_000);
        IncomingPayload large = new IncomingPayload(most, 100_000);
        assertThat(most.take(700_000)).isTrue();
        assertThat(large.begin(100_000)).isNull();

        assertThat(large.append(TEN, 0, 10)).isEqualTo(Failure.OVER_BUDGET);
        assertThat(large.begin(10)).isNull();
        assertThat(large.append(TEN, 0, 10)).isNull();
    }
}
