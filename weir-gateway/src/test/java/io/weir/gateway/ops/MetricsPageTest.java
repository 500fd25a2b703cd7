package io.weir.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.prometheusmetrics.PrometheusNamingConvention;
import io.weir.config.GatewayConfigLoader;
import io.weir.core.limiter.Limiter;
import io.weir.metrics.Metric;
import io.weir.metrics.WeirMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Holds docs/monitoring.md to the metrics, and what deploy/ asks for to both. {@code -Dweir.write=true} writes the
 * table.
 */
class MetricsPageTest {
    private static final Path ROOT = Path.of("..");
    private static final Path PAGE = ROOT.resolve("docs/monitoring.md");
    private static final Pattern TABLE = Pattern.compile("(?s)<!-- metrics -->\n(.*?)<!-- end of metrics -->");
    private static final Pattern NAME = Pattern.compile("(?<![:a-z_])weir_[a-z_]+");
    private static final Pattern RUNBOOK =
            Pattern.compile("runbook_url: https://weir\\.example/docs/monitoring\\.md#(\\S+)");
    private static final Pattern ALERT = Pattern.compile("- alert: (\\S+)");

    private static List<Metric> metrics() throws Exception {
        GatewayMetrics gateway = new GatewayMetrics(
                new GatewayConfigLoader(1L << 30, name -> null)
                        .upstream("http://127.0.0.1:9/")
                        .load(),
                Map::of,
                Statistics.Outputs.NONE);
        try (Limiter limiter = Limiter.builder().build()) {
            return new WeirMetrics(limiter.engineStats(), 1, 1, List.of(gateway)).metrics();
        }
    }

    private static String name(Metric metric) {
        Meter.Type type = switch (metric.kind()) {
            case COUNTER -> Meter.Type.COUNTER;
            case GAUGE -> Meter.Type.GAUGE;
            case HISTOGRAM -> Meter.Type.TIMER;
        };
        String name = new PrometheusNamingConvention().name(metric.name(), type, metric.unit());
        // What an exposition adds to counters and to information.
        String suffix =
                metric.kind() == Metric.Kind.COUNTER ? "_total" : metric.name().endsWith(".info") ? "_info" : "";
        return name.endsWith(suffix) ? name : name + suffix;
    }

    private static String table() throws Exception {
        return "| Metric | Kind | Labels | |\n| --- | --- | --- | --- |\n"
                + metrics().stream()
                        .map(metric -> "| `" + name(metric) + "` | "
                                + metric.kind().name().toLowerCase(Locale.ROOT) + " | "
                                + metric.labels().stream()
                                        .map(label -> "`" + label + "`")
                                        .collect(Collectors.joining(", "))
                                + " | " + metric.description() + " |\n")
                        .collect(Collectors.joining());
    }

    @Test
    void page_hasEveryMetric() throws Exception {
        String page = Files.readString(PAGE);
        String expected = "<!-- metrics -->\n" + table() + "<!-- end of metrics -->";
        if (Boolean.getBoolean("weir.write")) {
            Files.writeString(PAGE, TABLE.matcher(page).replaceFirst(expected.replace("$", "\\$")));
        } else {
            assertThat(page).contains(expected);
        }
    }

    @Test
    void deploy_asksForMetricsThatExist() throws Exception {
        List<String> known = new ArrayList<>();
        for (Metric metric : metrics()) {
            Stream<String> suffixes =
                    metric.kind() == Metric.Kind.HISTOGRAM ? Stream.of("_bucket", "_count", "_sum") : Stream.of("");
            suffixes.forEach(suffix -> known.add(name(metric) + suffix));
        }
        List<String> asked = new ArrayList<>();
        for (String folder : List.of("deploy/prometheus", "deploy/grafana/dashboards")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(folder))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    asked.addAll(names(Files.readString(file)));
                }
            }
        }
        asked.addAll(names(Files.readString(PAGE)));
        assertThat(asked).hasSizeGreaterThan(100);
        // Queries of one word behind a colon are recorded series; what a runbook says of whole families has no suffix.
        assertThat(known)
                .containsAll(asked.stream()
                        .filter(each -> !each.endsWith("_"))
                        .filter(each -> !known.contains(each + "_bucket"))
                        .distinct()
                        .toList());
    }

    private static List<String> names(String text) {
        return NAME.matcher(text).results().map(MatchResult::group).toList();
    }

    @Test
    void everyAlert_hasARunbook() throws IOException {
        String alerts = Files.readString(ROOT.resolve("deploy/prometheus/alerts.yml"));
        List<String> named =
                ALERT.matcher(alerts).results().map(each -> each.group(1)).toList();
        List<String> links =
                RUNBOOK.matcher(alerts).results().map(each -> each.group(1)).toList();
        assertThat(named).hasSizeGreaterThan(5);
        assertThat(links)
                .isEqualTo(named.stream()
                        .map(each -> each.toLowerCase(Locale.ROOT))
                        .toList());
        assertThat(Files.readString(PAGE))
                .contains(named.stream().map(each -> "\n### " + each + "\n").toList());
    }
}
