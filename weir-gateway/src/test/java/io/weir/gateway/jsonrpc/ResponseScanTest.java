package io.weir.gateway.jsonrpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResponseScanTest {
    private static ResponseScan scan(String text, String... ids) {
        ResponseScan scan = new ResponseScan(List.of(ids));
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        scan.accept(bytes, 0, bytes.length);
        return scan;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "7|{\"id\":7,\"result\":{}}|true|false",
                "7| { \"result\" : {\"id\":8} , \"id\" : 7 } |true|false",
                "7|{\"result\":\"}\\\"id\\\":8\",\"id\":7.0}|true|false",
                "7|{\"result\":\"\\\"}\",\"id\":7}|true|false",
                "7|{\"result\":{},\"id\":\"7\"}|false|true",
                "7|{\"result\":{},\"id\":{\"a\":7}}|false|true",
                "\"a\"|{\"result\":{},\"id\":{\"\":\"a\"}}|false|true",
                "7|{\"result\":{}}|false|true",
                "7|{\"result\":{},\"id\":7|false|false",
                "7|{\"error\":{\"id\":7}}|true|false",
                "7|{\"error\":{},\"id\":8}|false|true",
                "7|{\"id\":8,\"method\":\"ping\"}|false|false",
                "7|{\"id\":8,\"method\":\"ping\",\"result\":{}}|false|true",
                "7|{\"error\":{},\"method\":\"ping\",\"id\":8}|false|true",
                "7|{\"id\":7,\"method\":\"ping\",\"result\":{}}|true|false",
                "7|{\"method\":\"ping\",\"result\":{}}|false|false",
                "\"é\"|{\"id\":\"\\u00e9\",\"result\":{}}|true|false",
                "\"a\"|{\"id\":\"b\",\"result\":{}}|false|true",
                "7|[{\"id\":7,\"result\":{}},{\"id\":8,\"result\":{}}]|true|true",
                "7|{\"jsonrpc\":\"2.0\",\"id\":7}|false|true",
                "7|{\"id\":7,\"error\":null}|false|true",
                "7|{\"id\":8}|false|false",
                "7|{\"id\":null}|false|false",
                "7|{}|false|false",
                "7|{\"id\":7,\"method\":\"ping\"}|false|false",
                "7|{\"id\":7,\"result\":{},\"error\":{}}|false|true",
                "7|{\"error\":{},\"result\":{},\"id\":7}|false|true",
                "7|{\"error\":\"null\",\"result\":{},\"id\":7}|false|true",
                "7|{\"id\":7,\"result\":{},\"error\":null}|true|false",
                "7|{\"id\":7,\"result\":null,\"error\":{}}|true|false",
                "7|{\"id\":7,\"result\":null}|true|false",
                "7|{\"id\":7,\"result\":[null],\"error\":{}}|false|true",
                "7|not JSON|false|false"
            })
    void idOfAResponse_isHeldAgainstTheRequest(String id, String text, boolean answered, boolean wrong) {
        ResponseScan scan = scan(text, id);

        assertThat(scan.isAnswered()).isEqualTo(answered);
        assertThat(scan.isWrong()).isEqualTo(wrong);
    }

    @Test
    void responseWithNeitherOrBoth_saysWhich() {
        assertThat(scan("{\"id\":7}", "7").fault()).isEqualTo(ResponseFault.NEITHER);
        assertThat(scan("{\"id\":7,\"result\":1,\"error\":{}}", "7").fault()).isEqualTo(ResponseFault.BOTH);
        assertThat(scan("{\"id\":8,\"result\":1,\"error\":{}}", "7").fault())
                .as("it is to another request")
                .isNull();
    }

    @Test
    void batch_isAnsweredByAnyOfItsIds() {
        ResponseScan scan = scan("[{\"id\":2,\"result\":{}},{\"id\":1,\"error\":{}}]", "1", "2");

        assertThat(scan.isAnswered()).isTrue();
        assertThat(scan.isWrong()).isFalse();
    }

    @Test
    void events_ofAllLineEnds_areScannedOneByOne() {
        for (String end : List.of("\n", "\r", "\r\n")) {
            ResponseScan scan = new ResponseScan(List.of("1"));
            EventScan events = new EventScan(scan);
            String text =
                    ": {\"id\":9,\"result\":{}}~data: {\"id\":3,\"method\":\"m\"}~~event: message~data: {\"result\":{},~"
                            + "data: \"id\":1}~~data: {\"id\":4,\"result\":{}}";
            byte[] bytes = text.replace("~", end).getBytes(StandardCharsets.UTF_8);
            events.accept(bytes, 0, bytes.length);

            assertThat(scan.isAnswered()).isTrue();
            assertThat(scan.isWrong()).isTrue();
            assertThat(events.isResumable()).isFalse();
        }
    }

    @Test
    void longestId_asItIsAndEscaped_isTheSame() {
        String id = "é".repeat(EnvelopeReader.MAX_ID_LENGTH / 2);
        String plain = "i".repeat(EnvelopeReader.MAX_ID_LENGTH);

        assertThat(scan("{\"result\":{},\"id\":\"" + plain + "\"}", '"' + plain + '"')
                        .isAnswered())
                .isTrue();
        assertThat(scan("{\"result\":{},\"id\":\"" + id + "\"}", '"' + id + '"').isAnswered())
                .isTrue();
        assertThat(scan("{\"result\":{},\"id\":\"" + id.replace("é", "\\u00e9") + "\"}", '"' + id + '"')
                        .isAnswered())
                .isTrue();
        assertThat(scan("{\"result\":{},\"id\":\"" + "i".repeat(10_000) + "\"}", '"' + plain + '"')
                        .isWrong())
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "\uFEFF, true",
        "\uFEFF\uFEFF, false",
        "\u00EF\u00BB\u00BF, false",
        "\uFEFE, false",
        "'\n\uFEFF', false",
        "': \uFEFF\n', true"
    })
    void byteOrderMark_atTheBeginningOfTheStreamAlone_belongsToNoLine(String before, boolean read) {
        byte[] bytes = (before + "data: {\"id\":9,\"result\":{}}\n\n").getBytes(StandardCharsets.UTF_8);
        for (int chunk = 1; chunk <= 5; chunk++) {
            ResponseScan scan = new ResponseScan(List.of("1"));
            EventScan events = new EventScan(scan);
            for (int from = 0; from < bytes.length; from += chunk) {
                events.accept(bytes, from, Math.min(bytes.length, from + chunk));
            }

            assertThat(scan.isWrong()).isEqualTo(read);
        }
    }

    @Test
    void eventThatIsCut_theNextIsScannedFromItsBeginning() {
        ResponseScan scan = new ResponseScan(List.of("1"));
        EventScan events = new EventScan(scan);
        byte[] bytes = "data: {\"result\":{\n\ndata: {\"id\":9,\"result\":{}}\n\n".getBytes(StandardCharsets.UTF_8);
        events.accept(bytes, 0, bytes.length);

        assertThat(scan.isWrong()).isTrue();
    }
}
