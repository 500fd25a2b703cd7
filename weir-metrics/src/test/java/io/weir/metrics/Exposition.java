package io.weir.metrics;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Values by series, as Prometheus's text format has them; labels in the order of their names. */
final class Exposition {
    private static final Pattern LINE = Pattern.compile("([a-z_]+)(?:\\{(.*)})? (\\S+)");
    private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"([^\"]*)\",?");

    private Exposition() {}

    static Map<String, Double> parse(String text) {
        Map<String, Double> values = new TreeMap<>();
        text.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            Matcher matcher = LINE.matcher(line);
            if (!matcher.matches()) {
                throw new AssertionError(line);
            }
            Map<String, String> labels = new TreeMap<>();
            Matcher label = LABEL.matcher(matcher.group(2) == null ? "" : matcher.group(2));
            while (label.find()) {
                labels.put(label.group(1), label.group(2));
            }
            values.put(series(matcher.group(1), labels), Double.parseDouble(matcher.group(3)));
        });
        return values;
    }

    static String series(String name, Map<String, String> labels) {
        return labels.isEmpty() ? name : name + new TreeMap<>(labels);
    }
}
