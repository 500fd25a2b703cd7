package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.ConfigException;
import io.weir.config.GatewayConfigLoader;
import io.weir.config.RefusalConfig;
import io.weir.core.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds docs/configuration.md to the reasons and codes that there are. */
class ConfigurationPageTest {
    private static final Pattern SECTION = Pattern.compile("^## (.*)$");
    private static final Pattern ROW = Pattern.compile("^\\| `([a-z0-9_.]+)` \\|(.*)\\|$");
    private static final Pattern NONE_NEAR = Pattern.compile("; there are (.*)$");

    /** Rows by key, by section. */
    private static Map<String, Map<String, String>> page() throws IOException {
        Map<String, Map<String, String>> sections = new LinkedHashMap<>();
        Map<String, String> rows = new LinkedHashMap<>();
        for (String line : Files.readAllLines(Path.of("..", "docs", "configuration.md"))) {
            Matcher section = SECTION.matcher(line);
            Matcher row = ROW.matcher(line);
            if (section.matches()) {
                rows = new LinkedHashMap<>();
                sections.put(section.group(1).replace("`", ""), rows);
            } else if (row.matches()) {
                rows.put(row.group(1), row.group(2));
            }
        }
        return sections;
    }

    /** The keys of a section, as the error for one that is far from all of them lists them. */
    private static List<String> keys(String section) {
        try {
            new GatewayConfigLoader(1 << 30, name -> null)
                    .withoutUpstream()
                    .set(section + ".zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz=1")
                    .load();
            return List.of();
        } catch (ConfigException e) {
            Matcher listed = NONE_NEAR.matcher(String.valueOf(e.getMessage()));
            assertThat(listed.find()).as(String.valueOf(e.getMessage())).isTrue();
            return Arrays.asList(listed.group(1).split(", "));
        }
    }

    @Test
    void refusals_nameEveryReasonAndNoOther() throws IOException {
        List<String> reasons = new ArrayList<>();
        Arrays.stream(Reason.values()).map(Reason::key).forEach(reasons::add);

        assertThat(page().get("Refusals and errors")).containsOnlyKeys(reasons);
    }

    @Test
    void refusals_nameKeysThatThereAre() throws IOException {
        Matcher named = Pattern.compile("`(queue_limits|backpressure|edge)\\.([a-z_]+)`")
                .matcher(String.valueOf(page().get("Refusals and errors")));
        int count = 0;
        for (; named.find(); count++) {
            assertThat(keys(named.group(1))).contains(named.group(2));
        }
        assertThat(count).isPositive();
    }

    @Test
    void errors_nameEveryCodeThatTheGatewaySends() throws IOException {
        Set<String> sent = new TreeSet<>(Set.of(String.valueOf(RefusalConfig.DEFAULT.code())));
        Pattern code = Pattern.compile("(?<=[ (])-3\\d{4}\\b");
        try (Stream<Path> sources = Files.walk(Path.of("..", "weir-gateway", "src", "main", "java"))) {
            for (Path source :
                    sources.filter(each -> each.toString().endsWith(".java")).toList()) {
                for (String line : Files.readAllLines(source)) {
                    if (!line.strip().startsWith("*") && !line.strip().startsWith("/*")) {
                        code.matcher(line).results().forEach(found -> sent.add(found.group()));
                    }
                }
            }
        }
        Set<String> listed = new TreeSet<>();
        Pattern row = Pattern.compile("^\\| (-\\d+) \\|");
        for (String line : Files.readAllLines(Path.of("..", "docs", "configuration.md"))) {
            row.matcher(line).results().forEach(found -> listed.add(found.group(1)));
        }

        assertThat(listed).isEqualTo(sent).contains("-31429", "-31502");
    }
}
