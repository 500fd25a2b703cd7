package io.weir.cli;

import static io.weir.cli.AdminTables.bytes;
import static io.weir.cli.AdminTables.messages;
import static io.weir.cli.AdminTables.number;
import static io.weir.cli.JsonTree.child;
import static io.weir.cli.JsonTree.list;
import static io.weir.cli.JsonTree.text;

import io.weir.sim.report.Formats;
import io.weir.sim.report.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What {@code weir top} shows: what a gateway holds, and what happened between two samples. */
final class TopPicture {
    private static final double NANOS_PER_SECOND = 1e9;
    private static final String UNKNOWN = "-";

    private final TopSample before;
    private final TopSample now;

    private TopPicture(TopSample before, TopSample now) {
        this.before = before;
        this.now = now;
    }

    /** @param gateway where it is */
    static String of(String gateway, TopSample before, TopSample now) {
        TopPicture picture = new TopPicture(before, now);
        String line = System.lineSeparator();
        return picture.summary(gateway)
                + line
                + picture.queues().text()
                + line
                + picture.tenants().text()
                + line
                + picture.connections().text();
    }

    private String summary(String gateway) {
        StringBuilder out = new StringBuilder();
        boolean ready = text(child(now.ready(), "ready")).equals("true");
        StringBuilder upstreams = new StringBuilder();
        if (child(now.ready(), "upstreams") instanceof Map<?, ?> states) {
            states.forEach((name, state) ->
                    upstreams.append(", ").append(name).append(' ').append(state));
        }
        line(out, "gateway", gateway + (ready ? " ready" : " not ready") + upstreams);
        Object global = child(now.stats(), "global");
        Object limits = child(now.limits(), "queue_limits");
        line(
                out,
                "pending",
                messages(child(global, "pending")) + " of "
                        + Formats.count(number(child(limits, "global_max_messages"))) + " messages, "
                        + bytes(child(global, "pending")) + " of "
                        + Formats.bytes(number(child(limits, "global_max_bytes"))));
        line(
                out,
                "rates",
                "offered " + global("offered") + ", admitted " + global("admitted") + ", completed "
                        + global("completed") + ", failed " + global("failed") + " a second");
        line(out, "rejected", rejected());
        return out.toString();
    }

    private static void line(StringBuilder out, String label, String text) {
        out.append(String.format("%-10s%s", label, text)).append(System.lineSeparator());
    }

    private String global(String count) {
        Object flow = child(child(now.stats(), "global"), "flow");
        Object flowBefore = child(child(before.stats(), "global"), "flow");
        return rate(child(flowBefore, count), child(flow, count));
    }

    /** The reasons, the most frequent lately first. */
    private String rejected() {
        Object reasonsBefore = child(child(child(before.stats(), "global"), "flow"), "by_reason");
        if (!(child(child(child(now.stats(), "global"), "flow"), "by_reason") instanceof Map<?, ?> reasons)
                || reasons.isEmpty()) {
            return "nothing since the start";
        }
        record Reason(String name, long lately, long inAll) {}
        List<Reason> all = new ArrayList<>();
        reasons.forEach((name, count) -> {
            long inAll = number(child(count, "messages"));
            long then = number(child(child(reasonsBefore, name.toString()), "messages"));
            all.add(new Reason(name.toString(), inAll - then, inAll));
        });
        all.sort(Comparator.comparingLong(Reason::lately)
                .thenComparingLong(Reason::inAll)
                .reversed());
        StringBuilder out = new StringBuilder();
        for (Reason each : all) {
            out.append(out.isEmpty() ? "" : ", ")
                    .append(each.name())
                    .append(' ')
                    .append(rate(each.lately()))
                    .append(" a second (")
                    .append(Formats.count(each.inAll()))
                    .append(')');
        }
        return out.toString();
    }

    private Table queues() {
        List<Table.Row> rows = new ArrayList<>();
        Map<String, Object> known = byName(child(before.stats(), "queues"), "queue");
        for (Object queue : list(child(now.stats(), "queues"))) {
            String name = text(child(queue, "queue"));
            Object then = known.get(name);
            rows.add(new Table.Row(
                    name,
                    List.of(
                            text(child(queue, "queued")),
                            text(child(queue, "in_flight")),
                            text(child(queue, "capacity")),
                            text(child(queue, "estimated_wait_ms")) + " ms",
                            then == null
                                    ? UNKNOWN
                                    : rate(number(child(queue, "dispatched")) - number(child(then, "dispatched"))),
                            text(child(queue, "circuit")))));
        }
        return new Table(List.of("queued", "in flight", "capacity", "wait", "sent/s", "circuit"), rows);
    }

    private Table tenants() {
        List<Table.Row> rows = new ArrayList<>();
        Map<String, Object> known = byName(child(before.tenants(), "tenants"), "tenant");
        for (Object tenant : list(child(now.tenants(), "tenants"))) {
            String name = text(child(tenant, "tenant"));
            Object then = known.get(name);
            rows.add(new Table.Row(
                    name,
                    List.of(
                            messages(child(tenant, "pending")),
                            bytes(child(tenant, "pending")),
                            then == null
                                    ? UNKNOWN
                                    : rate(
                                            child(child(then, "flow"), "offered"),
                                            child(child(tenant, "flow"), "offered")),
                            then == null ? UNKNOWN : rate(child(then, "rejected"), child(tenant, "rejected")),
                            messages(child(tenant, "rejected")))));
        }
        return new Table(List.of("pending", "bytes", "offered/s", "rejected/s", "rejected"), rows);
    }

    private Table connections() {
        List<Table.Row> rows = new ArrayList<>();
        Map<String, Object> known = byName(child(before.connections(), "connections"), "id");
        for (Object connection : list(child(now.connections(), "connections"))) {
            Object then = known.get(text(child(connection, "id")));
            rows.add(new Table.Row(
                    text(child(connection, "id")),
                    List.of(
                            text(child(connection, "connection")),
                            text(child(connection, "tenant")),
                            messages(child(connection, "pending")),
                            bytes(child(connection, "pending")),
                            then == null ? UNKNOWN : rate(child(then, "rejected"), child(connection, "rejected")),
                            messages(child(connection, "rejected")))));
        }
        return new Table(List.of("connection", "tenant", "pending", "bytes", "rejected/s", "rejected"), rows);
    }

    private static Map<String, Object> byName(Object items, String name) {
        Map<String, Object> byName = new HashMap<>();
        list(items).forEach(each -> byName.put(text(child(each, name)), each));
        return byName;
    }

    /** Of two counts, by messages. */
    private String rate(Object countBefore, Object count) {
        return rate(number(child(count, "messages")) - number(child(countBefore, "messages")));
    }

    /** Never less than none: counters start again with a reset, and with another gateway. */
    private String rate(long messages) {
        double seconds = Math.max(1, now.nanos() - before.nanos()) / NANOS_PER_SECOND;
        return String.format(Locale.ROOT, "%,.1f", Math.max(0, messages) / seconds);
    }
}
