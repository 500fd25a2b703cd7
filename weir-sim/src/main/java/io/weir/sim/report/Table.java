package io.weir.sim.report;

import java.util.ArrayList;
import java.util.List;

/**
 * Figures in rows and columns, already put into words.
 *
 * @param columns over the figures, the column of the labels not among them
 * @param rows in order
 */
public record Table(List<String> columns, List<Row> rows) {
    /** A single column wider than this is of words, and begins at the left. */
    private static final int FIGURES = 20;

    /** A longer label is cut, so that one long name does not move all figures out of sight. */
    private static final int MAX_LABEL = 44;

    /** A label and as many figures as there are columns. */
    public record Row(String label, List<String> cells) {
        /** A copy that is guaranteed not to change. */
        public Row {
            cells = List.copyOf(cells);
        }

        private Row plain() {
            return new Row(
                    cut(Html.plain(label)), cells.stream().map(Html::plain).toList());
        }
    }

    private static String cut(String label) {
        return label.length() <= MAX_LABEL ? label : label.substring(0, MAX_LABEL - 1) + "\u2026";
    }

    /** A copy that is guaranteed not to change. */
    public Table {
        columns = List.copyOf(columns);
        rows = List.copyOf(rows);
    }

    /**
     * The grid as lines of text: labels to the left, figures to the right. Characters that cannot be seen are escapes.
     */
    public String text() {
        return new Table(
                        columns.stream().map(Html::plain).toList(),
                        rows.stream().map(Row::plain).toList())
                .aligned();
    }

    private String aligned() {
        int label = rows.stream().mapToInt(row -> row.label().length()).max().orElse(0);
        List<Integer> widths = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            int column = i;
            widths.add(Math.max(
                    columns.get(i).length(),
                    rows.stream()
                            .mapToInt(row -> row.cells().get(column).length())
                            .max()
                            .orElse(0)));
        }
        StringBuilder out = new StringBuilder();
        line(out, label, widths, new Row("", columns));
        rows.forEach(row -> line(out, label, widths, row));
        return out.toString();
    }

    private static void line(StringBuilder out, int label, List<Integer> widths, Row row) {
        StringBuilder line = new StringBuilder(row.label());
        line.append(" ".repeat(label - row.label().length()));
        for (int i = 0; i < row.cells().size(); i++) {
            String cell = row.cells().get(i);
            boolean words = row.cells().size() == 1 && widths.get(i) > FIGURES;
            line.append("  ")
                    .append(words ? "" : " ".repeat(widths.get(i) - cell.length()))
                    .append(cell);
        }
        String text = line.toString().stripTrailing();
        if (!text.isEmpty()) {
            out.append(text).append(System.lineSeparator());
        }
    }
}
