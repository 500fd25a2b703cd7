package io.weir.gateway.lineupstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.line.LineServerException;
import io.weir.gateway.session.Client;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LineSessionTest {
    private static final int MESSAGE = 100_000;

    private final MemoryBudget memory = new MemoryBudget(300_000);

    private LineSession session(String id) {
        return new LineSession(id, Client.NOBODY, memory, 0);
    }

    private static byte[] message(int length) {
        return new byte[length];
    }

    private static final Recipient NOBODY = new Recipient() {
        @Override
        public void message(byte[] message, boolean last) {}

        @Override
        public void failed(LineServerException why) {}
    };

    @Test
    void kept_ofAllSessions_isWithinTheBudget_andComesBack() {
        LineSession one = session("one");
        LineSession two = session("two");
        LineSession three = session("three");

        assertThat(one.deliver(message(MESSAGE))).isEmpty();
        assertThat(one.deliver(message(MESSAGE))).isEmpty();
        byte[] lost = message(MESSAGE);
        assertThat(two.deliver(lost)).as("an eighth is left to small ones").containsExactly(lost);
        assertThat(three.deliver(message(20_000))).isEmpty();
        assertThat(memory.taken()).isEqualTo(2 * MESSAGE + 20_000);

        assertThat(one.open(NOBODY, 0)).hasSize(2);
        assertThat(memory.taken()).isEqualTo(20_000);
        assertThat(three.closeAll()).isEmpty();
        assertThat(memory.taken()).isZero();
    }

    @Test
    void deliver_keepsTheNewest_andThrowsAwayWhatIsTooLongItself() {
        LineSession session = session("s");
        byte[] first = message(MESSAGE);
        byte[] second = message(MESSAGE);
        byte[] third = message(MESSAGE);
        byte[] tooLong = message(300_000);

        List<byte[]> thrown = Stream.of(first, second, third, tooLong)
                .flatMap(each -> session.deliver(each).stream())
                .toList();

        assertThat(thrown).containsExactly(first, tooLong);
        assertThat(session.open(NOBODY, 0)).containsExactly(second, third);
    }

    @Test
    void deliver_moreMessagesThanAreKept_forgetsTheOldest() {
        LineSession session = session("s");
        for (int i = 0; i < 100; i++) {
            assertThat(session.deliver(message(10))).hasSize(i < 64 ? 0 : 1);
        }
        assertThat(memory.taken()).isEqualTo(640);
    }

    @Test
    void subscriptions_ofAllSessions_areWithinTheBudget_andComeBack() {
        LineSession one = session("one");
        LineSession two = session("two");
        LineSession three = session("three");
        String uri = "u".repeat(1_000);

        int ofOne = subscribe(one, uri);
        int ofTwo = subscribe(two, uri);
        assertThat(ofOne).isBetween(100, 140);
        assertThat(ofTwo).isLessThan(ofOne);
        assertThat(three.subscribe("a:b")).as("an eighth is left to small ones").isTrue();
        assertThat(memory.taken()).isLessThanOrEqualTo(300_000);

        assertThat(two.unsubscribe(uri + 0)).isTrue();
        one.closeAll();
        two.closeAll();
        three.closeAll();
        assertThat(memory.taken()).isZero();
        assertThat(one.subscribe("a:b")).as("it has ended").isFalse();
        assertThat(memory.taken()).isZero();
    }

    private static int subscribe(LineSession session, String uri) {
        int count = 0;
        while (count < 10_000 && session.subscribe(uri + count)) {
            count++;
        }
        return count;
    }
}
