package io.weir.gateway.line;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.MemoryPlan;
import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.session.Payload;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineTest {
    private static final int LONG = 100_000;

    private final List<String> told = new ArrayList<>();
    private final Line.Sender sender = new Line.Sender() {
        @Override
        public void begun() {
            told.add("begun");
        }

        @Override
        public void ended(boolean written) {
            told.add(written ? "written" : "dropped");
        }
    };

    private static byte[] text(int length) {
        byte[] text = new byte[length];
        for (int i = 0; i < length; i++) {
            text[i] = (byte) ('a' + i % 26);
        }
        return text;
    }

    private Line ofPayload(byte[] text) {
        Payload payload = Payload.of(text);
        payload.complete();
        List<ByteBuffer> bytes = new ArrayList<>();
        payload.addViews(0, text.length, bytes);
        return new Line(bytes, sender);
    }

    private static byte[] rest(Line line, int pieceLength) {
        byte[] all = new byte[0];
        byte[] piece = new byte[pieceLength];
        int count;
        do {
            count = line.read(piece);
            all = Arrays.copyOf(all, all.length + count);
            System.arraycopy(piece, 0, all, all.length - count, count);
        } while (count == piece.length);
        return all;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1_023, 1_024, 32_768, 32_769, LONG})
    void read_pieceByPiece_givesAllBytes(int length) {
        byte[] text = text(length);

        assertThat(ofPayload(text).length()).isEqualTo(length);
        assertThat(rest(ofPayload(text), 7)).isEqualTo(text);
        assertThat(rest(ofPayload(text), length + 1)).isEqualTo(text);
        assertThat(rest(ofPayload(text), Math.max(1, length))).isEqualTo(text);
    }

    @Test
    void read_endsOfLines_becomeBlanksInWhatIsReadAlone() {
        byte[] text = "{\r\n\"a\":\n1}".getBytes(StandardCharsets.US_ASCII);
        byte[] before = text.clone();

        assertThat(rest(new Line(List.of(ByteBuffer.wrap(text)), sender), 100))
                .asString()
                .isEqualTo("{  \"a\": 1}");
        assertThat(text).as("the message itself").isEqualTo(before);
    }

    @Test
    void addViews_anyPart_isThatPart() {
        byte[] text = text(LONG);
        Payload payload = Payload.of(text);
        payload.complete();
        Random random = new Random(1);
        for (int i = 0; i < 200; i++) {
            int from = random.nextInt(LONG + 1);
            int to = from + random.nextInt(LONG + 1 - from);
            List<ByteBuffer> views = new ArrayList<>();
            payload.addViews(from, to, views);
            assertThat(rest(new Line(views, sender), 999)).isEqualTo(Arrays.copyOfRange(text, from, to));
        }
    }

    @Test
    void moveTo_longLine_takesItsMemoryUntilItHasEnded() {
        MemoryBudget memory = new MemoryBudget(LONG + MemoryPlan.LINE_REST);
        Line one = ofPayload(text(LONG));
        Line two = ofPayload(text(LONG));

        assertThat(one.moveTo(memory)).isTrue();
        assertThat(one.moveTo(memory)).as("again").isTrue();
        assertThat(memory.taken()).isEqualTo(LONG + MemoryPlan.LINE_REST);
        assertThat(two.moveTo(memory)).as("another").isFalse();
        one.end(true);
        one.end(false);
        assertThat(memory.taken()).isZero();
        assertThat(two.moveTo(memory)).isTrue();
        two.end(false);
        assertThat(memory.taken()).isZero();
        assertThat(one.moveTo(memory)).as("one that has ended").isTrue();
        assertThat(memory.taken()).isZero();
        assertThat(told).containsExactly("written", "dropped");
    }

    @Test
    void moveTo_shortLineThatIsRead_goesOnWithACopy() {
        byte[] text = text(5_000);
        Line line = ofPayload(text);
        byte[] piece = new byte[1_500];
        assertThat(line.read(piece)).isEqualTo(1_500);

        assertThat(line.moveTo(new MemoryBudget(0))).isTrue();

        assertThat(rest(line, 1_000)).isEqualTo(Arrays.copyOfRange(text, 1_500, 5_000));
    }

    @Test
    void clear_tellsSendersOfWhatIsNotWritten_butNotOfWhatWasTakenBack() {
        LineQueue queue = new LineQueue();
        Line one = ofPayload(text(10));
        Line two = ofPayload(text(10));
        queue.add(one);
        queue.add(two);

        assertThat(queue.takeBack(one)).isTrue();
        queue.clear();

        assertThat(told).containsExactly("dropped");
        assertThat(queue.bytes()).isZero();
        assertThat(queue.add(ofPayload(text(1)))).isFalse();
    }
}
