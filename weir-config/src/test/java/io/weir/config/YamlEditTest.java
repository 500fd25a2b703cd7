package io.weir.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class YamlEditTest {
    private static final String KEY = "queue_limits.max_messages";
    private static final String TENANT = "tenants.acme.max_messages";

    private static String edited(String text, String path, String value) throws ConfigException {
        YamlEdit edit = new YamlEdit("weir.yaml", text);
        edit.set(path, value);
        return edit.text();
    }

    /** What is written, the key, and what is written then. */
    static Stream<Arguments> edits() {
        return Stream.of(
                Arguments.of("queue_limits:\n  max_messages: 5\n", KEY, "queue_limits:\n  max_messages: 70\n"),
                Arguments.of(
                        "# top\nqueue_limits: # of all\n  # why 5\n  max_messages: 5   # five\n  max_bytes: 1MiB\n",
                        KEY,
                        "# top\nqueue_limits: # of all\n  # why 5\n  max_messages: 70   # five\n  max_bytes: 1MiB\n"),
                Arguments.of("queue_limits:\n  max_messages: \"5\"\n", KEY, "queue_limits:\n  max_messages: 70\n"),
                Arguments.of(
                        "queue_limits:\n    max_bytes: 1MiB # one\n\n# of rates\nbackpressure: {}\n",
                        KEY,
                        "queue_limits:\n    max_bytes: 1MiB # one\n    max_messages: 70\n\n# of rates\nbackpressure: {}\n"),
                Arguments.of(
                        "queue_limits:\n  max_bytes: 1MiB",
                        KEY,
                        "queue_limits:\n  max_bytes: 1MiB\n  max_messages: 70\n"),
                Arguments.of(
                        "queue_limits: {max_bytes: 1MiB}\n",
                        KEY,
                        "queue_limits: {max_bytes: 1MiB, max_messages: 70}\n"),
                Arguments.of("queue_limits: {}\n", KEY, "queue_limits: {max_messages: 70}\n"),
                Arguments.of("queue_limits: {max_messages: 5}\n", KEY, "queue_limits: {max_messages: 70}\n"),
                Arguments.of(
                        "{\"http\": {\"listen\": \":1\"}}",
                        KEY,
                        "{\"http\": {\"listen\": \":1\"}, queue_limits: {max_messages: 70}}"),
                Arguments.of("{}", KEY, "{queue_limits: {max_messages: 70}}"),
                Arguments.of("", KEY, "queue_limits:\n  max_messages: 70\n"),
                Arguments.of("# nothing yet\n", KEY, "# nothing yet\nqueue_limits:\n  max_messages: 70\n"),
                Arguments.of("profile: staging", KEY, "profile: staging\nqueue_limits:\n  max_messages: 70\n"),
                Arguments.of(
                        "profile: staging\r\nqueue_limits:\r\n  max_bytes: 1MiB\r\n",
                        KEY,
                        "profile: staging\r\nqueue_limits:\r\n  max_bytes: 1MiB\r\n  max_messages: 70\r\n"),
                Arguments.of(
                        "# \uD83D\uDE80 r\u00fcckw\u00e4rts\nqueue_limits:\n  max_messages: 5 # \uD83D\uDE80\n",
                        KEY,
                        "# \uD83D\uDE80 r\u00fcckw\u00e4rts\nqueue_limits:\n  max_messages: 70 # \uD83D\uDE80\n"),
                Arguments.of("", TENANT, "tenants:\n  acme:\n    max_messages: 70\n"),
                Arguments.of("{}", TENANT, "{tenants: {acme: {max_messages: 70}}}"),
                Arguments.of(
                        "tenants:\n  api_keys_file: keys\n\n# of all\nqueue_limits:\n  max_messages: 5\n",
                        TENANT,
                        "tenants:\n  api_keys_file: keys\n  acme:\n    max_messages: 70\n\n# of all\nqueue_limits:\n  max_messages: 5\n"),
                Arguments.of(
                        "tenants:\n    free: # not paying\n        max_messages: 5 # few\n\n# of all\nqueue_limits: {}\n",
                        TENANT,
                        "tenants:\n    free: # not paying\n        max_messages: 5 # few\n    acme:\n      max_messages: 70\n\n# of all\nqueue_limits: {}\n"),
                Arguments.of(
                        "tenants:\n  acme:\n    weight: 3\n  b: {weight: 1}\n",
                        TENANT,
                        "tenants:\n  acme:\n    weight: 3\n    max_messages: 70\n  b: {weight: 1}\n"),
                Arguments.of(
                        "tenants: {b: {weight: 1}}\n", TENANT, "tenants: {b: {weight: 1}, acme: {max_messages: 70}}\n"),
                Arguments.of(
                        "tenants:\n  a.b:\n    weight: 1 # w\n",
                        "tenants.a.b.weight",
                        "tenants:\n  a.b:\n    weight: 70 # w\n"),
                Arguments.of("tenants: {}\n", "tenants.a|b.weight", "tenants: {\"a|b\": {weight: 70}}\n"),
                Arguments.of("profile: staging # s\n", "profile", "profile: 70 # s\n"),
                Arguments.of("http:\n  listen: :1\n", "profile", "http:\n  listen: :1\nprofile: 70\n"));
    }

    @ParameterizedTest
    @MethodSource("edits")
    void set_changesTheValueAndNothingElse(String before, String path, String after) throws Exception {
        assertThat(edited(before, path, "70")).isEqualTo(after);
    }

    @ParameterizedTest
    @MethodSource("edits")
    void set_again_changesTheValueOnly(String before, String path, String after) throws Exception {
        assertThat(edited(after, path, "8_000")).isEqualTo(after.replaceFirst("70", "8_000"));
    }

    @Test
    void set_valueWithSpecialCharacters_isQuoted() throws Exception {
        assertThat(edited("a: 1\n", "a", "x: \"y\" # z")).isEqualTo("a: \"x: \\\"y\\\" # z\"\n");
        assertThat(edited("a: 1\n", "a", "64 KiB")).isEqualTo("a: 64 KiB\n");
    }

    @Test
    void set_whereItCannotBeDone_saysWhichKeyAndChangesNothing() {
        for (String text : new String[] {
            "queue_limits:\n  max_messages: |\n    5\n", "queue_limits: 7\n", "queue_limits:\n  max_messages: [5]\n"
        }) {
            YamlEdit edit = new YamlEdit("weir.yaml", text);

            assertThatThrownBy(() -> edit.set(KEY, "70"))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageStartingWith("weir.yaml: ")
                    .hasMessageContaining("max_messages cannot be written into the file as it is laid out");
            assertThat(edit.text()).isEqualTo(text);
        }
    }
}
