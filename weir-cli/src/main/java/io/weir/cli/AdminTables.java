package io.weir.cli;

import static io.weir.cli.JsonTree.child;
import static io.weir.cli.JsonTree.list;
import static io.weir.cli.JsonTree.text;

import io.weir.gateway.http.LogText;
import io.weir.sim.report.Formats;
import io.weir.sim.report.Table;
import java.util.ArrayList;
import java.util.List;

/** Answers of the operator's port as tables of text. */
final class AdminTables {
    private static final long SECOND = 1000;
    private static final long MINUTE = 60 * SECOND;
    private static final long HOUR = 60 * MINUTE;

    private AdminTables() {}

    /** An answer of {@code /connections}. */
    static String connections(Object answer) {
        List<Table.Row> rows = new ArrayList<>();
        for (Object each : list(child(answer, "connections"))) {
            rows.add(new Table.Row(
                    text(child(each, "id")),
                    List.of(
                            text(child(each, "connection")),
                            text(child(each, "tenant")),
                            messages(child(each, "pending")),
                            bytes(child(each, "pending")),
                            messages(child(each, "rejected")),
                            duration(number(child(each, "idle_ms"))))));
        }
        return page(
                answer,
                rows,
                new Table(List.of("connection", "tenant", "pending", "bytes", "rejected", "idle"), rows),
                "connections");
    }

    /** An answer of {@code /tenants}. */
    static String tenants(Object answer) {
        List<Table.Row> rows = new ArrayList<>();
        for (Object each : list(child(answer, "tenants"))) {
            rows.add(new Table.Row(
                    text(child(each, "tenant")),
                    List.of(
                            Formats.count(number(child(each, "connections"))),
                            messages(child(each, "pending")),
                            bytes(child(each, "pending")),
                            messages(child(child(each, "flow"), "offered")),
                            messages(child(each, "rejected")))));
        }
        return page(
                answer,
                rows,
                new Table(List.of("connections", "pending", "bytes", "offered", "rejected"), rows),
                "tenants");
    }

    /** The rows, and how many there are beside them. */
    private static String page(Object answer, List<Table.Row> rows, Table table, String what) {
        long total = number(child(answer, "total"));
        long offset = number(child(answer, "offset"));
        if (rows.isEmpty()) {
            return "none of " + Formats.count(total) + " " + what + System.lineSeparator();
        }
        String more = rows.size() == total
                ? ""
                : Formats.count(offset + 1) + " to " + Formats.count(offset + rows.size()) + " of "
                        + Formats.count(total) + " " + what + System.lineSeparator();
        return table.text() + more;
    }

    /** A member as text in which nothing is hidden. */
    static String plain(Object owner, String name) {
        return LogText.escape(text(child(owner, name)));
    }

    static long number(Object value) {
        String text = text(value);
        return text.isEmpty() ? 0 : Long.parseLong(text);
    }

    static String messages(Object count) {
        return Formats.count(number(child(count, "messages")));
    }

    static String bytes(Object count) {
        return Formats.bytes(number(child(count, "bytes")));
    }

    /** A time in its two largest units. */
    static String duration(long millis) {
        if (millis < MINUTE) {
            return millis / SECOND + " s";
        }
        return millis < HOUR
                ? millis / MINUTE + " min " + millis % MINUTE / SECOND + " s"
                : millis / HOUR + " h " + millis % HOUR / MINUTE + " min";
    }
}
