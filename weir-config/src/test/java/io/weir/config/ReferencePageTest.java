package io.weir.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.config.ConfigKey;
import io.weir.core.config.Profile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Holds the tables of docs/configuration.md to the table of keys. */
class ReferencePageTest {
    private static final Path PAGE = Path.of("..", "docs", "configuration.md");
    private static final Pattern TABLE =
            Pattern.compile("<!-- keys: ([A-Za-z_., ]+) -->\n(.*?)<!-- end of keys -->", Pattern.DOTALL);

    /** Followed by a heap: the default is what the table says, or less where there is less memory. */
    private static final List<Key<?>> FOLLOW_THE_HEAP = List.of(
            Keys.MAX_CONNECTIONS,
            Keys.MAX_CONNECTIONS_PER_ADDRESS,
            Keys.MAX_SESSIONS,
            Keys.MAX_STREAMS,
            Keys.MAX_BUFFERED_HEAD_BYTES,
            Keys.MAX_BUFFERED_BODY_BYTES,
            Keys.MAX_BUFFERED_ANSWER_BYTES,
            Keys.CHILDREN_MAX,
            Keys.CHILDREN_MAX_LINE_BYTES);

    /** A key of these that differs makes another upstream of it, which takes the place of the one that runs. */
    private static final List<String> OF_UPSTREAMS =
            List.of(Keys.UPSTREAMS, Keys.CIRCUIT, Keys.CHILDREN, Keys.CONNECTIONS, Keys.OPERATION);

    private static String table(String section) {
        List<Key<?>> keys = Keys.of(section);
        assertThat(keys).as(section).isNotEmpty();
        boolean core = ConfigKey.find(section, keys.get(0).name()).isPresent();
        String head = core
                ? core(section)
                : "| key | default | valid | can change while running | |\n" + "| --- ".repeat(5) + "|\n";
        return head + (core ? "" : keys.stream().map(ReferencePageTest::row).collect(Collectors.joining()));
    }

    private static String row(Key<?> key) {
        String value = Objects.requireNonNullElse(key.byDefault(), "");
        return "| `" + key.name() + "` | " + (value.isEmpty() ? "none" : value)
                + (FOLLOW_THE_HEAP.contains(key) ? " *" : "") + " | "
                + key.type().valid() + " | " + changes(key) + " | "
                + key.documentation() + " |\n";
    }

    private static String changes(Key<?> key) {
        return key.updatable() ? "yes" : OF_UPSTREAMS.contains(key.section()) ? "new upstream" : "restart";
    }

    private static String core(String section) {
        StringBuilder out = new StringBuilder("| key |");
        Arrays.stream(Profile.values())
                .forEach(profile -> out.append(' ').append(profile.key()).append(" |"));
        out.append(" valid | can change while running | |\n")
                .append("| --- ".repeat(Profile.values().length + 4))
                .append("|\n");
        for (Key<?> key : Keys.of(section)) {
            out.append("| `").append(key.name()).append("` |");
            defaults(ConfigKey.find(section, key.name()).orElseThrow())
                    .forEach(each -> out.append(' ').append(each).append(" |"));
            out.append(" " + key.type().valid() + " | " + changes(key) + " | " + key.documentation() + " |\n");
        }
        return out.toString();
    }

    private static List<String> defaults(ConfigKey key) {
        return switch (key) {
            case GLOBAL_MAX_BYTES -> List.of("a quarter of the heap at the most", "", "", "");
            case GLOBAL_CONTROL_MAX_BYTES -> List.of("a sixteenth of the heap at the most", "", "", "");
            case TENANT_MAX_MESSAGES, TENANT_MAX_BYTES, TENANT_MAX_MESSAGES_PER_SEC ->
                List.of("ten times `" + key.key().replace("tenant_", "") + "`", "", "", "");
            default ->
                Arrays.stream(Profile.values())
                        .map(profile -> key.get(profile.builder(1 << 30).build()))
                        .toList();
        };
    }

    private static String generated(MatchResult found) {
        return "<!-- keys: " + found.group(1) + " -->\n" + table(found.group(1)) + "<!-- end of keys -->";
    }

    @Test
    void page_hasTheTablesOfAllKeys() throws IOException {
        String page = Files.readString(PAGE);
        String generated = TABLE.matcher(page).replaceAll(found -> Matcher.quoteReplacement(generated(found)));
        if (Boolean.getBoolean("weir.write")) {
            Files.writeString(PAGE, generated);
        }

        assertThat(generated)
                .as("write the page again: mvn test -pl weir-config -am -Dtest=ReferencePageTest"
                        + " -Dsurefire.failIfNoSpecifiedTests=false -Dweir.write=true")
                .isEqualTo(Files.readString(PAGE));
        List<String> sections = new ArrayList<>(Keys.SECTIONS);
        sections.addAll(
                List.of(Keys.UPSTREAMS, Keys.CIRCUIT, Keys.CHILDREN, Keys.CONNECTIONS, Keys.OPERATION, Keys.TENANT));
        assertThat(TABLE.matcher(page).results().map(found -> found.group(1)))
                .containsExactlyInAnyOrderElementsOf(sections);
    }
}
