package io.weir.gateway.jsonrpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EventScanTest {
    /** Escapes stand for what they do in Java, and {@code BOM} for a byte order mark. */
    @ParameterizedTest
    @CsvSource(delimiterString = " => ", textBlock = """
            data:a\\n\\ndata:b\\n\\n => a|b
            data:a\\r\\n\\r\\ndata:b\\r\\n\\r\\n => a|b
            data:a\\r\\rdata:b\\r\\r => a|b
            data: a\\n\\n => ' a'
            data:[1,\\ndata:2]\\n\\n => '[1,2]'
            : comment\\nid: 7\\nevent: message\\ndata:a\\nretry: 3\\n\\n => a
            BOMdata:a\\n\\n => a
            id: 1\\n\\ndata:a\\n\\n => a
            dat: x\\ndata:a\\n\\n => a
            data:a => ''
            """)
    void data_ofEachEvent_whateverThePieces(String stream, String events) {
        byte[] bytes = stream.replace("BOM", "\uFEFF").translateEscapes().getBytes(StandardCharsets.UTF_8);
        for (int piece = 1; piece <= bytes.length; piece++) {
            Collected collected = new Collected();
            EventScan scan = new EventScan(collected);
            for (int from = 0; from < bytes.length; from += piece) {
                scan.accept(bytes, from, Math.min(bytes.length, from + piece));
            }
            assertThat(String.join("|", collected.whole))
                    .as("pieces of " + piece)
                    .isEqualTo(events);
        }
    }

    private static final class Collected implements EventScan.Data {
        private final StringBuilder data = new StringBuilder();
        private final List<String> whole = new ArrayList<>();

        @Override
        public void data(byte[] bytes, int from, int to) {
            data.append(new String(bytes, from, to - from, StandardCharsets.UTF_8));
        }

        @Override
        public void eventEnd() {
            if (!data.isEmpty()) {
                whole.add(data.toString());
                data.setLength(0);
            }
        }
    }
}
