package io.weir.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExcerptTest {
    @TempDir
    Path directory;

    private String excerpt(String line, int column, String what) throws IOException {
        Path file = Files.writeString(directory.resolve("weir.yaml"), "first:\n" + line + "\n");
        return Excerpt.of(file + ":2:" + column + ": " + what).orElseThrow();
    }

    @Test
    void excerpt_isTheLineWithACaretBelowThePlace() throws IOException {
        assertThat(excerpt("  max_messages: x", 17, "queue_limits.max_messages: must be a number"))
                .isEqualTo("    2 |   max_messages: x" + System.lineSeparator() + "      |                 ^");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "s: {url: http://u:s3cret@h/, capacty: 5}",
                "  url: http://h/?key=s3cret",
                "  Authorization: Bearer s3cret",
                "  - Authorization: s3cret",
                "  url:http://h/s3cret",
                "  s3cret",
                "  'X-Key': 's3cret'",
                "  X: a: s3cret"
            })
    void excerpt_ofWhatMayBeASecret_hidesValues(String line) throws IOException {
        for (String what : new String[] {
            "upstreams.s.url: x",
            "is not YAML: x",
            "tenants.acme: unknown key",
            "Authorization: unknown section",
            "upstream: unknown section",
            "must begin with a section"
        }) {
            assertThat(excerpt(line, 1, what)).doesNotContain("s3cret").contains("*");
        }
    }

    /** The name of an upstream may be that of a key without secrets. */
    @Test
    void excerpt_ofAnUpstreamThatIsNamedLikeAKey_hidesValues() throws IOException {
        assertThat(excerpt(
                        "  capacity: {command: s3cret, args: [s3cret], env: {A: s3cret}}",
                        3,
                        "upstreams.capacity.env: x"))
                .isEqualTo("    2 |   capacity: {command: ******, args: [******], env: {A: ******}}"
                        + System.lineSeparator() + "      |   ^");
    }

    @Test
    void excerpt_ofAnUpstream_showsKeys() throws IOException {
        assertThat(excerpt("  s: {url: http://h/, capacty: 5}", 23, "upstreams.s.capacty: unknown key"))
                .startsWith("    2 |   s: {url: *********, capacty: *}");
    }

    /** A name is what YAML reads as one, and nothing else that has a colon behind it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "  headers: {X-Key: s3cret, Y: [a: s3cret]} | headers: {X-Key: ******, Y: [** ******]}",
                "  headers: {A: \"x, s3cret: y\", B: 's3cret'} | headers: {A: *** ******* **, B: ********}",
                "  headers: {A: \"x, s3cret: y} | headers: {A: *** ******* **",
                "  headers: {A: x} {s3cret: y} # {s3cret: z} | headers: {A: *} ******** ** * ******** **",
                "  - {command: s3cret, \"env\":{'A':s3cret}} | - {command: ******, \"env\":{'A':******}}",
                "{upstreams: {s: {url: http://s3cret:p@h/}}} | {upstreams: {s: {url: ******************}}}",
                "  'X-Key': s3cret | 'X-Key': ******",
                "  password: x{s3cret: y, s3cret: z} | password: ********* ** ******* **"
            })
    void excerpt_ofWhatMayBeASecret_showsTheNamesOfKeys(String line, String shown) throws IOException {
        assertThat(excerpt(line, 1, "upstreams.s: x"))
                .startsWith("    2 | ")
                .satisfies(text -> assertThat(text.lines()
                                .findFirst()
                                .orElseThrow()
                                .substring(8)
                                .strip())
                        .isEqualTo(shown));
    }

    @Test
    void excerpt_controlCharacters_areEscaped() throws IOException {
        assertThat(excerpt("  max_messages: \u001b[2J", 3, "queue_limits.max_messages: x"))
                .contains("\\u001b[2J")
                .doesNotContain("\u001b");
    }

    @Test
    void excerpt_withoutAPlace_isNone() {
        assertThat(Excerpt.of("--set a.b=1: unknown section 'a'")).isEmpty();
        assertThat(Excerpt.of(directory.resolve("none") + ":1:1: x")).isEmpty();
    }
}
