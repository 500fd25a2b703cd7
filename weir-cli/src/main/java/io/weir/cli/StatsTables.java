package io.weir.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.weir.sim.report.Formats;
import io.weir.sim.report.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The statistics of a gateway as tables of text. */
final class StatsTables {
    private static final List<String> COUNTS =
            List.of("offered", "refused", "shed", "queued", "in_flight", "completed", "failed", "expired", "cancelled");

    private StatsTables() {}

    /** @throws IOException if it is not the JSON of {@code /stats} */
    static String of(String json) throws IOException {
        Object root;
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            parser.nextToken();
            root = value(parser);
        }
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

    private static Object value(JsonParser parser) throws IOException {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.START_OBJECT) {
            Map<String, Object> members = new LinkedHashMap<>();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                members.put(name, value(parser));
            }
            return members;
        }
        if (token == JsonToken.START_ARRAY) {
            List<Object> items = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                items.add(value(parser));
            }
            return items;
        }
        return parser.getText();
    }

    private static Object child(Object owner, String name) {
        Object found = owner instanceof Map<?, ?> members ? members.get(name) : null;
        return found == null ? "" : found;
    }

    private static List<?> list(Object value) {
        return value instanceof List<?> items ? items : List.of();
    }

    private static String text(Object value) {
        return value.toString();
    }
}
