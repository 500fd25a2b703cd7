package io.weir.sim.report;

import io.weir.sim.engine.Bins;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Numbers marks in the order of time, one number for all of the same bin. */
final class Marks {
    /** One line through every plot. */
    record Numbered(int number, long at, String text) {}

    private Marks() {}

    static List<Numbered> numbered(List<Mark> marks, Bins bins) {
        SortedMap<Integer, List<Mark>> byBin = new TreeMap<>();
        for (Mark mark : marks) {
            if (mark.at() <= bins.end()) {
                byBin.computeIfAbsent(bins.at(mark.at()), bin -> new ArrayList<>())
                        .add(mark);
            }
        }
        List<Numbered> numbered = new ArrayList<>();
        for (List<Mark> together : byBin.values()) {
            long first = together.stream().mapToLong(Mark::at).min().orElse(0);
            numbered.add(new Numbered(numbered.size() + 1, first, text(together)));
        }
        return numbered;
    }

    private static String text(List<Mark> together) {
        Map<String, List<Mark>> byKind = new LinkedHashMap<>();
        together.forEach(mark ->
                byKind.computeIfAbsent(mark.what(), what -> new ArrayList<>()).add(mark));
        return byKind.entrySet().stream().map(Marks::text).collect(Collectors.joining("; "));
    }

    private static String text(Map.Entry<String, List<Mark>> kind) {
        if (kind.getValue().size() > 1) {
            return kind.getKey() + ", " + Formats.count(kind.getValue().size()) + " times";
        }
        String detail = kind.getValue().get(0).detail();
        return detail.isEmpty() ? kind.getKey() : kind.getKey() + ": " + Html.plainName(detail);
    }
}
