package io.weir.bench.pairs;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code weir replay} printed.
 *
 * @param logged how the log itself was counted
 * @param replayed how the other configuration is predicted
 * @param guess whether the output says that the log does not support the answer
 * @param text the whole output
 */
record Prediction(Result logged, Result replayed, boolean guess, String text) {
    private static final Pattern ROW = Pattern.compile(
            "(?m)^(?<label>\\s*\\S.*?)\\s{2,}(?<logged>[\\d,.]+)(?: ms)?\\s+(?<replayed>[\\d,.]+)(?: ms)?$");

    static Prediction of(String text) {
        return new Prediction(result(text, "logged"), result(text, "replayed"), text.contains("guess"), text);
    }

    private static Result result(String text, String column) {
        Map<String, Double> rows = new HashMap<>();
        Map<String, Long> reasons = new HashMap<>();
        Map<String, Long> answeredOf = new HashMap<>();
        Matcher row = ROW.matcher(text);
        while (row.find()) {
            String label = row.group("label").strip();
            double value = Double.parseDouble(row.group(column).replace(",", ""));
            rows.put(label, value);
            if (label.startsWith("reason ")) {
                reasons.put(label.substring("reason ".length()), (long) value);
            } else if (label.equals("expired") || label.equals("cancelled")) {
                reasons.put(label, (long) value);
            } else if (label.startsWith("of ")) {
                answeredOf.put(label.substring(label.lastIndexOf(' ') + 1), (long) value);
            }
        }
        return new Result(
                rows.getOrDefault("completed", 0.0).longValue(),
                reasons,
                answeredOf,
                rows.getOrDefault("latency p50", 0.0),
                rows.getOrDefault("latency p95", 0.0));
    }
}
