package io.weir.gateway.jsonrpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Bodies damaged at random: each is read with offsets that hold, or refused as malformed; nothing else happens. */
class EnvelopeReaderMutationTest {
    private static final int BODIES = 20_000;
    private static final String SEED = "weir.seed";

    private static final List<byte[]> ORIGINALS = List.of(
                    "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{\"name\":\"e\\u0301cho\",\"arguments\":{\"m\":[1.5e-3,true,null,\"ü€😀\"]}}}",
                    "{\"jsonrpc\":\"2.0\",\"id\":\"a-1\",\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"\\ud83d\\ude00\"}]}}",
                    "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-1,\"message\":\"\"}}",
                    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":\"x\",\"reason\":\"\"}}",
                    "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}, {\"jsonrpc\":\"2.0\",\"method\":\"n\",\"params\":[]}]",
                    EnvelopeReaderTest.batchOf(20))
            .stream()
            .map(body -> body.getBytes(StandardCharsets.UTF_8))
            .toList();
    private static final byte[] TELLING = "{}[]:,\"\\/ 019.-+eEutrfnl\0\t\n\r\f\u007f".getBytes(StandardCharsets.UTF_8);

    private final EnvelopeReader reader = new EnvelopeReader();

    @Test
    void damagedBody_isReadOrRefused() {
        long seed = Long.getLong(SEED, System.nanoTime());
        Random random = new Random(seed);
        int read = 0;
        for (int i = 0; i < BODIES; i++) {
            byte[] body = damaged(random);
            try {
                assertHolds(body, reader.read(body));
                read++;
            } catch (MalformedMessageException e) {
                assertThat(e.code()).isIn(-32700, -32600);
            } catch (RuntimeException | AssertionError | StackOverflowError e) {
                throw new AssertionError("body " + i + " of -D" + SEED + "=" + seed + ": " + Arrays.toString(body), e);
            }
        }
        assertThat(read).as("bodies that could be read, of -D%s=%d", SEED, seed).isBetween(BODIES / 100, BODIES / 2);
    }

    private static byte[] damaged(Random random) {
        byte[] body = ORIGINALS.get(random.nextInt(ORIGINALS.size()));
        for (int times = 1 + random.nextInt(3); times > 0; times--) {
            body = damaged(body, random);
        }
        return body;
    }

    private static byte[] damaged(byte[] body, Random random) {
        int from = random.nextInt(body.length + 1);
        int to = Math.min(body.length, from + random.nextInt(8));
        return switch (random.nextInt(5)) {
            case 0 -> joined(body, from, new byte[0], to);
            case 1 -> joined(body, from, new byte[] {(byte) random.nextInt(256)}, Math.min(body.length, from + 1));
            case 2 -> joined(body, from, new byte[] {TELLING[random.nextInt(TELLING.length)]}, from);
            case 3 -> joined(body, to, Arrays.copyOfRange(body, from, to), to);
            default -> joined(body, from, new byte[0], random.nextInt(50) == 0 ? body.length : from);
        };
    }

    private static byte[] joined(byte[] body, int head, byte[] middle, int tail) {
        byte[] joined = Arrays.copyOf(body, head + middle.length + body.length - tail);
        System.arraycopy(middle, 0, joined, head, middle.length);
        System.arraycopy(body, tail, joined, head + middle.length, body.length - tail);
        return joined;
    }

    /** Every message, cut out by its offsets, is read alike alone, and nothing but separators lies outside of them. */
    private void assertHolds(byte[] body, Envelope envelope) throws MalformedMessageException {
        int last = 0;
        StringBuilder outside = new StringBuilder();
        for (Message message : envelope.messages()) {
            outside.append(text(body, last, message.start()));
            last = message.end();
            byte[] alone = Arrays.copyOfRange(body, message.start(), message.end());
            assertThat(reader.read(alone)).isEqualTo(new Envelope(false, List.of(moved(message, alone.length))));
            if (message.id() != null) {
                assertThat(text(alone, 0, alone.length)).contains(message.id());
            }
        }
        outside.append(text(body, last, body.length));
        String separators = outside.toString().replaceAll("[ \t\r\n]", "");
        assertThat(separators)
                .isEqualTo(
                        envelope.batch() ? "[" + ",".repeat(envelope.messages().size() - 1) + "]" : "");
    }

    private static String text(byte[] body, int from, int to) {
        return new String(body, from, to - from, StandardCharsets.UTF_8);
    }

    private static Message moved(Message message, int length) {
        return new Message(
                message.kind(),
                message.method(),
                message.id(),
                message.target(),
                message.cancels(),
                message.timeoutMillis(),
                message.trace(),
                0,
                length);
    }
}
