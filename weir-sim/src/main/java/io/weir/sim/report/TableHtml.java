package io.weir.sim.report;

/** A grid as a table of HTML. */
final class TableHtml {
    private TableHtml() {}

    /** The table, in a region that scrolls if there is no room. */
    static String table(Table grid, String label) {
        boolean titled = grid.columns().stream().anyMatch(column -> !column.isEmpty());
        StringBuilder out = new StringBuilder("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"")
                .append(Html.text(label))
                .append(titled ? "\"><table>" : "\"><table class=\"words\">");
        if (titled) {
            out.append("<thead><tr><td></td>");
            grid.columns()
                    .forEach(column -> out.append("<th scope=\"col\"><bdi>")
                            .append(Html.name(column))
                            .append("</bdi></th>"));
            out.append("</tr></thead>");
        }
        out.append("<tbody>\n");
        for (Table.Row row : grid.rows()) {
            out.append("<tr><th scope=\"row\"")
                    .append(row.label().startsWith(" ") ? " class=\"part\"><bdi>" : "><bdi>")
                    .append(Html.name(row.label().strip()))
                    .append("</bdi></th>");
            row.cells()
                    .forEach(cell ->
                            out.append("<td><bdi>").append(Html.text(cell)).append("</bdi></td>"));
            out.append("</tr>\n");
        }
        return out.append("</tbody></table></div>\n").toString();
    }
}
