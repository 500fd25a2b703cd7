package io.weir.gateway.jsonrpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The scan of random answers, cut at random places, against what Jackson reads in them. */
class ResponseScanDifferentialTest {
    private static final int ANSWERS = 20_000;
    private static final List<String> IDS = List.of("7", "\"a\"", "\"\\\\\\\"x\"");
    private static final Set<Object> MEANT = Set.of(7.0, "a", "\\\"x");
    private static final Object NONE = new Object();
    private static final List<String> VALUES = List.of(
            "7", "70", "7.0", "\"7\"", "\"a\"", "\"\\u0061\"", "\"\\\\\\\"x\"", "\"\\\\\"", "null", "true", "-1");
    private static final List<String> NAMES =
            List.of("id", "result", "error", "method", "jsonrpc", "i", "id ", "\\\"id", "resul\\\\", "é", "");

    private final Random random = new Random(7);

    private record Expected(boolean answered, boolean wrong) {}

    @Test
    void randomAnswersInRandomChunks_areJudgedAsJacksonReadsThem() throws IOException {
        int right = 0;
        int wrong = 0;
        for (int i = 0; i < ANSWERS; i++) {
            String text = random.nextInt(4) == 0 ? array(0, true) : message(0);
            Expected expected = read(text);
            ResponseScan json = new ResponseScan(IDS);
            ResponseScan data = new ResponseScan(IDS);
            EventScan events = new EventScan(data);
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            byte[] event = ("event: message\ndata: " + text + "\n\n").getBytes(StandardCharsets.UTF_8);

            inChunks(bytes, json::accept);
            inChunks(event, events::accept);

            assertThat(new Expected(json.isAnswered(), json.isWrong())).as(text).isEqualTo(expected);
            assertThat(new Expected(data.isAnswered(), data.isWrong())).as(text).isEqualTo(expected);
            right += expected.answered() ? 1 : 0;
            wrong += expected.wrong() ? 1 : 0;
        }
        assertThat(right).isGreaterThan(ANSWERS / 20);
        assertThat(wrong).isGreaterThan(ANSWERS / 20);
    }

    @FunctionalInterface
    private interface Scan {
        void accept(byte[] bytes, int from, int to);
    }

    private void inChunks(byte[] bytes, Scan scan) {
        int from = 0;
        while (from < bytes.length) {
            int to = Math.min(bytes.length, from + (random.nextBoolean() ? 1 : 1 + random.nextInt(40)));
            scan.accept(bytes, from, to);
            from = to;
        }
    }

    private String pick(List<String> from) {
        return from.get(random.nextInt(from.size()));
    }

    private String space() {
        return random.nextInt(5) == 0 ? " " : "";
    }

    private String value(int depth) {
        return switch (depth > 4 ? 0 : random.nextInt(5)) {
            case 1 -> message(depth + 1);
            case 2 -> array(depth + 1, false);
            case 3 -> '"' + "}{][,:\\\\\\\"é".repeat(random.nextInt(3)) + '"';
            default -> pick(VALUES);
        };
    }

    /** Names stand once: of two ids, each reader may take another. */
    private String message(int depth) {
        StringBuilder out = new StringBuilder(space()).append('{');
        int start = random.nextInt(NAMES.size());
        int members = random.nextInt(6);
        for (int i = 0; i < members; i++) {
            String name = NAMES.get((start + i * 3) % NAMES.size());
            String value = name.equals("id") && random.nextInt(3) > 0 ? pick(VALUES) : value(depth);
            out.append(i == 0 ? "" : ",")
                    .append(space())
                    .append('"')
                    .append(name)
                    .append('"');
            out.append(space()).append(':').append(space()).append(value).append(space());
        }
        return out.append('}').append(space()).toString();
    }

    private String array(int depth, boolean ofMessages) {
        StringBuilder out = new StringBuilder("[");
        int elements = random.nextInt(4);
        for (int i = 0; i < elements; i++) {
            out.append(i == 0 ? "" : ",").append(ofMessages ? message(depth + 1) : value(depth));
        }
        return out.append(']').toString();
    }

    private static Expected read(String text) throws IOException {
        boolean answered = false;
        boolean wrong = false;
        try (JsonParser parser = new JsonFactory().createParser(text)) {
            JsonToken first = parser.nextToken();
            boolean batch = first == JsonToken.START_ARRAY;
            JsonToken next = batch ? parser.nextToken() : first;
            while (next == JsonToken.START_OBJECT) {
                Boolean right = isRight(parser);
                wrong |= right != null && !right;
                answered |= right != null && right && !wrong;
                next = parser.nextToken();
            }
        }
        return new Expected(answered, wrong);
    }

    /** Null for what is no response. */
    private static @Nullable Boolean isRight(JsonParser parser) throws IOException {
        Set<String> names = new HashSet<>();
        Set<String> nulls = new HashSet<>();
        Object id = NONE;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            names.add(name);
            JsonToken token = parser.nextToken();
            if (name.equals("id")) {
                id = id(parser, token);
            }
            if (token == JsonToken.VALUE_NULL) {
                nulls.add(name);
            }
            parser.skipChildren();
        }
        if (nulls.contains("error")) {
            names.remove("error");
        }
        if (MEANT.contains(id)) {
            boolean result = names.contains("result");
            boolean error = names.contains("error");
            if (!result && !error) {
                return names.contains("method") ? null : false;
            }
            return !(result && !nulls.contains("result") && error);
        }
        boolean outcome = names.contains("result") || names.contains("error");
        if (!outcome || (names.contains("method") && !names.contains("id"))) {
            return null;
        }
        return MEANT.contains(id) || (id == NONE && !names.contains("result"));
    }

    private static Object id(JsonParser parser, JsonToken token) throws IOException {
        return switch (token) {
            case VALUE_STRING -> parser.getText();
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_NULL -> NONE;
            default -> token;
        };
    }
}
