package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds docs/clients.md to the reasons and codes that the gateway sends. */
class ClientsPageTest {
    private static List<String> firstCells(String pattern) throws IOException {
        Pattern row = Pattern.compile("^\\| " + pattern + " \\|");
        List<String> cells = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("..", "docs", "clients.md"))) {
            row.matcher(line).results().forEach(found -> cells.add(found.group(1)));
        }
        return cells;
    }

    @Test
    void reasons_areThoseThatThereAre() throws IOException {
        List<String> reasons = new ArrayList<>();
        Arrays.stream(Reason.values()).map(Reason::key).forEach(reasons::add);

        assertThat(firstCells("`([a-z_]+)`")).containsExactlyInAnyOrderElementsOf(reasons);
    }

    @Test
    void codes_areThoseThatTheGatewaySends() throws IOException {
        Set<String> sent = new TreeSet<>();
        Pattern code = Pattern.compile("(?<=[ (])-3\\d{4}\\b");
        try (Stream<Path> sources = Files.walk(Path.of("..", "weir-gateway", "src", "main", "java"))) {
            for (Path source : sources.filter(each -> each.toString().endsWith(".java"))
                    // Its codes are the bounds of what may be configured.
                    .filter(each -> !each.toString().contains("config"))
                    .toList()) {
                for (String line : Files.readAllLines(source)) {
                    if (!line.strip().startsWith("*") && !line.strip().startsWith("/*")) {
                        code.matcher(line).results().forEach(found -> sent.add(found.group()));
                    }
                }
            }
        }
        sent.add("-31429");

        assertThat(firstCells("(-\\d+)")).containsExactlyInAnyOrderElementsOf(sent);
    }
}
