package io.weir.gateway.child;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.gateway.line.LineServerException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineReaderTest {
    /** Gives so many bytes at a time at the most. */
    private static InputStream in(String text, int atATime) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)) {
            @Override
            public synchronized int read(byte[] into, int from, int length) {
                return super.read(into, from, Math.min(length, atATime));
            }

            @Override
            public int read(byte[] into) {
                return read(into, 0, into.length);
            }
        };
    }

    private static List<String> all(LineReader lines) throws IOException {
        List<String> read = new ArrayList<>();
        for (byte[] line = lines.next(); line != null; line = lines.next()) {
            read.add(lines.wasTooLong() ? "too long" : new String(line, StandardCharsets.UTF_8));
        }
        return read;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 100_000})
    void next_givesWholeLines_howeverTheyArrive(int atATime) throws IOException {
        String large = "x".repeat(50_000);
        assertThat(all(LineReader.skipping(in("a\n\nbé\n" + large + "\nno end", atATime), 60_000)))
                .containsExactly("a", "", "bé", large);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 100_000})
    void skipping_aLineOverTheLimit_goesOnWithTheNext(int atATime) throws IOException {
        assertThat(all(LineReader.skipping(in("12345\n123456\n" + "y".repeat(70_000) + "\n12345\n", atATime), 5)))
                .containsExactly("12345", "too long", "too long", "12345");
    }

    @Test
    void failing_aLineOverTheLimit_isAnError() throws IOException {
        LineReader lines = LineReader.failing(in("12345\n123456\n", 3), 5, () -> true);

        assertThat(lines.next()).hasSize(5);
        assertThatThrownBy(lines::next)
                .isInstanceOf(LineServerException.class)
                .hasMessageContaining("more than 5 bytes");
    }

    @Test
    void failing_asksForRoomOnceALongLine_andForNoOther() throws IOException {
        int[] asked = new int[1];
        String large = "z".repeat(300_000);
        LineReader lines = LineReader.failing(in("short\n" + large + "\n" + large + "\n", 10_000), 1 << 20, () -> {
            asked[0]++;
            return true;
        });

        lines.next();
        assertThat(asked[0]).isZero();
        assertThat(lines.next()).hasSize(300_000);
        assertThat(asked[0]).isEqualTo(1);
        assertThat(lines.next()).hasSize(300_000);
        assertThat(asked[0]).isEqualTo(2);
    }

    @Test
    void failing_aLongLineWithoutRoom_isAnError() {
        assertThatThrownBy(LineReader.failing(in("z".repeat(300_000) + "\n", 10_000), 1 << 20, () -> false)::next)
                .isInstanceOf(LineServerException.class)
                .hasMessageContaining("no memory");
    }
}
