package io.weir.cli;

import static io.weir.cli.JsonTree.child;
import static io.weir.cli.JsonTree.list;
import static io.weir.cli.JsonTree.text;

import io.weir.sim.report.Formats;
import io.weir.sim.report.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The statistics of a gateway as tables of text. */
final class StatsTables {
    private static final List<String> COUNTS =
            List.of("offered", "refused", "shed", "queued", "in_flight", "completed", "failed", "expired", "cancelled");

    private StatsTables() {}

    /** @throws IOException if it is not the JSON of {@code /stats} */
    static String of(String json) throws IOException {
        Object root = JsonTree.parse(json);
        List<Table.Row> tenants = new ArrayList<>();
        tenants.add(row("all", child(root, "global")));
        for (Object tenant : list(child(root, "tenants"))) {
            tenants.add(row(text(child(tenant, "tenant")), tenant));
        }
        List<Table.Row> queues = new ArrayList<>();
        for (Object queue : list(child(root, "queues"))) {
            queues.add(new Table.Row(
                    text(child(queue, "queue")),
                    List.of(
                            text(child(queue, "queued")),
                            text(child(queue, "in_flight")),
                            text(child(queue, "capacity")),
                            text(child(queue, "estimated_wait_ms")) + " ms",
                            text(child(queue, "circuit")))));
        }
        return new Table(COUNTS.stream().map(each -> each.replace('_', ' ')).toList(), tenants).text()
                + System.lineSeparator()
                + new Table(List.of("queued", "in flight", "capacity", "wait", "circuit"), queues).text();
    }

    private static Table.Row row(String name, Object owner) {
        Object flow = child(owner, "flow");
        return new Table.Row(
                name,
                COUNTS.stream()
                        .map(count -> Formats.count(Long.parseLong(text(child(child(flow, count), "messages")))))
                        .toList());
    }
}
