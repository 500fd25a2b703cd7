package io.weir.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PayloadTest {
    private static final int OVERHEAD = Payload.SEGMENT_OVERHEAD;

    private static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) (i * 31);
        }
        return bytes;
    }

    private static boolean append(Payload to, byte[] all, int from, int count, List<Long> reserved) {
        return to.append(
                (at, into, index, n) -> System.arraycopy(all, from + at, into, index, n), count, reserved::add);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1",
        "300, 300",
        "1024, 7",
        "1025, 1025",
        "100000, 8192",
        "1048576, 8192",
        "1048576, 1",
        "70000, 70000"
    })
    void append_inPieces_keepsEveryByteInOrder(int length, int piece) {
        for (long expected : new long[] {-1, length}) {
            byte[] all = bytes(length);
            Payload payload = new Payload(expected);
            for (int at = 0; at < length; at += piece) {
                assertThat(append(payload, all, at, Math.min(piece, length - at), new ArrayList<>()))
                        .isTrue();
            }
            payload.complete();

            assertThat(payload.length()).isEqualTo(length);
            assertThat(payload.contiguous()).isEqualTo(all);
            assertThat(payload.segments().stream().mapToInt(s -> s.length).sum())
                    .isEqualTo(length);
        }
    }

    @Test
    void writeTo_acrossSegments_writesThoseBytesAlone() {
        byte[] all = bytes(100_000);
        Payload payload = new Payload(-1);
        for (int at = 0; at < all.length; at += 5_000) {
            append(payload, all, at, 5_000, new ArrayList<>());
        }
        payload.complete();
        assertThat(payload.segments()).hasSizeGreaterThan(3);

        for (int[] range :
                new int[][] {{0, 100_000}, {0, 1}, {4_999, 5_001}, {1_000, 90_000}, {99_999, 100_000}, {7, 7}}) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            payload.writeTo(out, range[0], range[1]);

            assertThat(out.toByteArray()).isEqualTo(Arrays.copyOfRange(all, range[0], range[1]));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "300, 300, 300",
        "1048576, 1, 1024",
        "1048576, 8192, 8192",
        "-1, 1, 1024",
        "-1, 5000, 5000",
        "40000, 40000, 40000"
    })
    void append_first_reservesWhatItAllocates(long expected, int count, long reservation) {
        List<Long> reserved = new ArrayList<>();

        append(new Payload(expected), bytes(count), 0, count, reserved);

        long segments = reserved.size();
        assertThat(reserved.stream().mapToLong(Long::longValue).sum()).isEqualTo(reservation + segments * OVERHEAD);
    }

    @Test
    void append_aByteAtATime_reservesAtMostTwiceWhatCame() {
        byte[] all = bytes(200_000);
        Payload payload = new Payload(1 << 20);
        List<Long> reserved = new ArrayList<>();
        for (int i = 0; i < all.length; i++) {
            append(payload, all, i, 1, reserved);
            long sum = reserved.stream().mapToLong(Long::longValue).sum();
            assertThat(sum).isLessThanOrEqualTo(Math.max(1024, 2L * (i + 1)) + (long) reserved.size() * OVERHEAD);
        }
    }

    @Test
    void append_noSegmentLargerThanTheLargest() {
        Payload payload = Payload.of(bytes(1 << 20));

        assertThat(payload.segments()).allMatch(segment -> segment.length <= Payload.MAX_SEGMENT);
    }

    @Test
    void append_notGranted_isFalse() {
        Payload payload = new Payload(-1);

        boolean granted = payload.append((at, into, index, n) -> {}, 10, cost -> false);

        assertThat(granted).isFalse();
        assertThat(payload.segments()).isEmpty();
    }

    @Test
    void contiguous_nothing_isEmpty() {
        Payload payload = new Payload(0);
        payload.complete();

        assertThat(payload.contiguous()).isEmpty();
        assertThat(payload.length()).isZero();
    }
}
