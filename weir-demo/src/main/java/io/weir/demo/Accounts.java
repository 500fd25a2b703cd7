package io.weir.demo;

import io.weir.config.HostPort;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Checks that clients, gateway and server counted the same, and prints each check. For one thread. */
final class Accounts {
    private final Console console;
    private final JsonNode stats;
    private boolean right = true;

    /** Takes what the gateway counted from its {@code /stats}. */
    Accounts(Console console, HostPort admin) throws IOException, InterruptedException {
        this.console = console;
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://" + admin + "/stats"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        this.stats = JsonMapper.shared().readTree(response.body());
    }

    /** Two counts that must be the same. */
    void same(String what, long left, long right) {
        print(what, left, right, left == right);
    }

    /** A count that must not be more than another. */
    void atMost(String what, long count, long limit) {
        print(what, count, limit, count <= limit);
    }

    /** A count that must be more than 0. */
    void some(String what, long count) {
        check(String.format(Locale.ROOT, "   %-56s %6d %6s ", what, count, ""), count > 0);
    }

    private void print(String what, long left, long right, boolean holds) {
        check(String.format(Locale.ROOT, "   %-56s %6d %6d ", what, left, right), holds);
    }

    private void check(String line, boolean holds) {
        console.check(line, holds);
        right &= holds;
    }

    /** The conservation of messages over the whole gateway. */
    void conservation() {
        same(
                "gateway: offered = rejected + admitted",
                global("offered"),
                global("refused") + global("dropped") + global("disconnected") + global("shed") + global("admitted"));
        same(
                "gateway: admitted = pending + ended",
                global("admitted"),
                global("queued")
                        + global("in_flight")
                        + global("completed")
                        + global("failed")
                        + global("expired")
                        + global("cancelled")
                        + global("evicted"));
        same(
                "nothing is pending any more",
                stats.get("global").get("pending").get("messages").asLong(),
                0);
    }

    private long global(String count) {
        return messages(stats.get("global"), count);
    }

    /** A count of one tenant, in messages. */
    long tenant(String name, String count) {
        for (JsonNode tenant : stats.get("tenants")) {
            if (tenant.get("tenant").asString().equals(name)) {
                return messages(tenant, count);
            }
        }
        return 0;
    }

    private static long messages(JsonNode owner, String count) {
        return owner.get("flow").get(count).get("messages").asLong();
    }

    /** Whether all checks held so far. */
    boolean right() {
        return right;
    }
}
