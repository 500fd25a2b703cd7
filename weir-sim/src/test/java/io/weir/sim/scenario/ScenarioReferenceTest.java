package io.weir.sim.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.Key;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Holds the tables of docs/simulation.md to the table of keys. */
class ScenarioReferenceTest {
    private static final Path PAGE = Path.of("..", "docs", "simulation.md");
    private static final Pattern TABLE =
            Pattern.compile("<!-- keys: ([a-z_.]+) -->\n(.*?)<!-- end of keys -->", Pattern.DOTALL);

    private static String section(List<Key<?>> table) {
        return table.get(0).section();
    }

    private static String table(String section) {
        return "| key | default | valid | |\n| --- | --- | --- | --- |\n"
                + ScenarioKeys.TABLES.stream()
                        .filter(table -> section(table).equals(section))
                        .flatMap(List::stream)
                        .map(ScenarioReferenceTest::row)
                        .collect(Collectors.joining());
    }

    private static String row(Key<?> key) {
        String value = Objects.requireNonNullElse(key.byDefault(), "");
        return "| `" + key.name() + "` | " + (value.isEmpty() ? "none" : value) + " | "
                + key.type().valid() + " | " + key.documentation() + " |\n";
    }

    @Test
    void page_hasTheTablesOfAllKeys() throws IOException {
        String page = Files.readString(PAGE);
        String generated = TABLE.matcher(page)
                .replaceAll(found -> Matcher.quoteReplacement(
                        "<!-- keys: " + found.group(1) + " -->\n" + table(found.group(1)) + "<!-- end of keys -->"));
        if (Boolean.getBoolean("weir.write")) {
            Files.writeString(PAGE, generated);
        }

        assertThat(generated)
                .as("write the page again: mvn test -pl weir-sim -am -Dtest=ScenarioReferenceTest"
                        + " -Dsurefire.failIfNoSpecifiedTests=false -Dweir.write=true")
                .isEqualTo(Files.readString(PAGE));
        assertThat(TABLE.matcher(page).results().map(found -> found.group(1)))
                .containsExactlyElementsOf(ScenarioKeys.TABLES.stream()
                        .map(ScenarioReferenceTest::section)
                        .toList());
    }

    @Test
    void tables_everyKey_isInTheSectionOfItsTable() {
        for (List<Key<?>> table : ScenarioKeys.TABLES) {
            assertThat(table).extracting(Key::section).containsOnly(section(table));
            assertThat(table).extracting(Key::name).doesNotHaveDuplicates();
        }
    }

    @Test
    void page_namesEveryFigure() throws IOException {
        String page = Files.readString(PAGE);
        for (Figure figure : Figure.values()) {
            assertThat(page.lines())
                    .as(figure.key())
                    .anyMatch(line -> line.startsWith("| ")
                            && line.contains("`" + figure.key() + "`")
                            && line.endsWith(figure.isOfClients() ? "| yes |" : "| |"));
        }
    }
}
