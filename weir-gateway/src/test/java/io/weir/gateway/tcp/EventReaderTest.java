package io.weir.gateway.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import io.weir.gateway.http.MemoryBudget;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EventReaderTest {
    /** Backslashes stand for what they do in Java. */
    @ParameterizedTest
    @CsvSource(delimiterString = " => ", textBlock = """
            data: a\\n\\ndata: b\\n\\n => a|b
            data: a\\r\\n\\r\\ndata: b\\r\\n\\r\\n => a|b
            data: a\\r\\rdata: b\\r\\r => a|b
            data:a\\n\\n => a
            data:  a\\n\\n => ' a'
            data: a\\ndata: b\\n\\n => a b
            : comment\\nid: 7\\nevent: message\\ndata: a\\nretry: 3\\n\\n => a
            BOMdata: a\\n\\n => a
            id: 1\\n\\ndata: a\\n\\n => a
            dat: x\\ndata: a\\n\\n => a
            data: a => ''
            """)
    void data_ofEachEvent_whateverThePieces(String stream, String events) {
        byte[] bytes = stream.replace("BOM", "\uFEFF").translateEscapes().getBytes(StandardCharsets.UTF_8);
        for (int piece = 1; piece <= bytes.length; piece++) {
            MemoryBudget budget = new MemoryBudget(10_000);
            AnswerText text = new AnswerText(budget, 1_000);
            List<String> found = new ArrayList<>();
            EventReader reader = new EventReader(text, () -> {
                found.add(new String(text.bytes(), StandardCharsets.UTF_8));
                budget.giveBack(text.handOver());
            });
            for (int from = 0; from < bytes.length; from += piece) {
                int to = Math.min(bytes.length, from + piece);
                reader.accept(Buffer.buffer(java.util.Arrays.copyOfRange(bytes, from, to)));
            }
            text.release();
            assertThat(String.join("|", found)).as("pieces of " + piece).isEqualTo(events);
            assertThat(budget.taken()).isZero();
        }
    }
}
