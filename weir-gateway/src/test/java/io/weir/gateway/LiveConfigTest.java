package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.weir.config.GatewayConfigLoader;
import io.weir.config.Key;
import io.weir.config.Keys;
import io.weir.core.config.ConfigKey;
import io.weir.core.config.Profile;
import io.weir.core.config.WeirConfig;
import io.weir.gateway.auth.ApiKeys;
import io.weir.gateway.ops.LoggedLines;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The configuration of a running gateway follows its file, and PATCH changes its limits: all of it or nothing. */
class LiveConfigTest {
    private static final String UPSTREAM = "upstreams:\n  a:\n    url: http://127.0.0.1:9/mcp\n";

    @TempDir
    Path directory;

    private Path file(String yaml) throws IOException {
        return Files.writeString(directory.resolve("weir.yaml"), yaml);
    }

    private static String limits(GatewayHarness rig) {
        return rig.admin("GET", "/limits", "").body();
    }

    /** The values alone, without what set them. */
    private static String values(GatewayHarness rig) {
        return limits(rig).replaceFirst(",\"sources\".*\\s*", "");
    }

    private static String value(GatewayHarness rig, String key) {
        Matcher found = Pattern.compile("\"" + key + "\":([^,}]+)").matcher(limits(rig));
        assertThat(found.find()).as(key).isTrue();
        return found.group(1);
    }

    @Test
    void patch_ofATenant_changesItsLimitsAlone_andCanBeWrittenAndTakenBack() throws Exception {
        Path file = file(UPSTREAM + "tenants:\n  free:\n    tenant_max_messages: 20 # not paying\n");
        try (GatewayHarness rig = GatewayHarness.live(file)) {
            HttpResponse<String> answer =
                    rig.patch("{\"tenants\":{\"free\":{\"tenant_max_messages\":7},\"acme\":{\"weight\":4}}}");
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(answer.body())
                    .contains(
                            "\"tenants\":{\"acme\":{\"weight\":4},\"free\":{\"tenant_max_messages\":7}}",
                            "\"tenants.acme.weight\":{\"from\":\"patch\"",
                            "\"tenants.free.tenant_max_messages\":{\"from\":\"patch\"");
            assertThat(rig.patch("{\"tenants\":{\"acme\":{\"weight\":null},\"free\":{\"tenant_max_messages\":null}}}")
                            .body())
                    .contains("\"tenants\":{\"free\":{\"tenant_max_messages\":20}}", "\"at\":\"" + file + ":6\"");
            assertThat(rig.patch("{\"tenants\":{\"acme\":{\"max_bytes\":\"1MiB\"}},\"persist\":true}")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(Files.readString(file))
                    .endsWith("    tenant_max_messages: 20 # not paying\n  acme:\n    max_bytes: 1MiB\n");
            assertThat(limits(rig))
                    .contains("\"tenants.acme.max_bytes\":{\"from\":\"file\",\"at\":\"" + file + ":8\"}");

            String before = values(rig);
            HttpResponse<String> wrong =
                    rig.patch("{\"tenants\":{\"acme\":{\"weight\":3},\"free\":{\"max_mesages\":1,\"weight\":0}}}");
            assertThat(wrong.statusCode()).isEqualTo(422);
            assertThat(wrong.body())
                    .contains(
                            "tenants.free.max_mesages: unknown key (did you mean max_messages?)",
                            "tenants.free.weight: must be from 1 to 100, but is 0");
            assertThat(rig.patch("{\"tenants\":{\"header\":\"X-T\"}}").body()).contains("tenants.header: is no limit");
            assertThat(values(rig)).isEqualTo(before);

            file(UPSTREAM + "tenants:\n  acme: {max_messages: 3}\n");
            rig.gateway.reload();
            assertThat(limits(rig)).contains("\"tenants\":{\"acme\":{\"max_messages\":3}}");
        }
    }

    @Test
    void patch_changesSeveralLimits_whatDerivesFollows_andEachValueHasItsSource() throws Exception {
        Path file = file("profile: staging\n" + UPSTREAM + "queue_limits:\n  max_bytes: 1MiB\n");
        try (GatewayHarness rig = GatewayHarness.live(file, "backpressure.burst_multiplier=7")) {
            HttpResponse<String> answer = rig.patch(
                    "{\"queue_limits\":{\"max_messages\":50,\"idle_timeout_ms\":\"10s\"},\"backpressure\":{\"max_messages_per_sec\":9}}");

            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo(limits(rig));
            assertThat(answer.body())
                    .contains(
                            "\"profile\":\"staging\"",
                            "\"max_messages\":50",
                            "\"tenant_max_messages\":500",
                            "\"idle_timeout_ms\":10000",
                            "\"max_messages_per_sec\":9",
                            "\"tenant_max_messages_per_sec\":90",
                            "\"profile\":{\"from\":\"file\",\"at\":\"" + file + ":1\"}",
                            "\"queue_limits.max_messages\":{\"from\":\"patch\",\"at\":\"20",
                            "\"queue_limits.tenant_max_messages\":{\"from\":\"derived\",\"at\":\"ten times max_messages\"}",
                            "\"queue_limits.max_bytes\":{\"from\":\"file\",\"at\":\"" + file + ":6\"}",
                            "\"queue_limits.drop_silently\":{\"from\":\"default\"}",
                            "\"backpressure.burst_multiplier\":{\"from\":\"option\",\"at\":\"--set\"}",
                            "\"backpressure.latency_threshold_ms\":{\"from\":\"profile\",\"at\":\"staging\"}",
                            "\"state\":\"applied\"");
            assertThat(answer.body())
                    .as("times are in milliseconds")
                    .doesNotContainPattern("\"at\":\"20[^\"]*\\.\\d{4,}Z\"");

            assertThat(rig.patch("{\"queue_limits\":{\"max_messages\":null},\"profile\":\"development\"}")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(limits(rig))
                    .contains(
                            "\"profile\":\"development\"",
                            "\"max_messages\":10000,",
                            "\"tenant_max_messages\":100000",
                            "\"max_bytes\":1048576",
                            "\"max_messages_per_sec\":9");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiterString = " => ", quoteCharacter = '`', textBlock = """
            [] => 400 => must be an object
            {} => 400 => changes nothing
            {"persist":true} => 400 => changes nothing
            {"queue_limits":{"max_messages":5} => 400 => is not JSON
            {"queue_limits":{"max_messages":5}} x => 400 => is not JSON
            {"queue_limits":{"max_messages":5,"max_messages":6}} => 400 => is not JSON: Duplicate field 'max_messages'
            {"queue_limits":{"max_messages":5},"queue_limits.max_messages":6} => 400 => queue_limits.max_messages: duplicate key
            {"queue_limits.max_messages":6,"queue_limits":{"max_messages":5}} => 400 => queue_limits.max_messages: duplicate key
            {"queue_limits.max_messages":6,"queue_limits":{"max_messages":6}} => 400 => queue_limits.max_messages: duplicate key
            {"queue_limits":{"max_messages":null},"queue_limits.max_messages":6} => 400 => queue_limits.max_messages: duplicate key
            {"tenants":{"a":{"weight":5}},"tenants.a":{"weight":6}} => 400 => tenants.a.weight: duplicate key
            {"queue_limits":{"max_messages":[5]}} => 400 => queue_limits.max_messages: must be a single value
            {"queue_limits":{"max_messages":5},"persist":"yes"} => 400 => persist: must be true or false
            {"queue_limits":{"max_mesages":5}} => 422 => queue_limits.max_mesages: unknown key (did you mean max_messages?)
            {"queue_limits":{"max_mesages":null}} => 422 => queue_limits.max_mesages: unknown key (did you mean max_messages?)
            {"queue_limits":{"max_messages":5,"max_bytes":"5MB"}} => 422 => queue_limits.max_bytes: must be a number of bytes
            {"queue_limits":{"max_messages":-1}} => 422 => queue_limits.max_messages: must be from 0 to 16777215, but is -1
            {"queue_limits":{"max_messages":1.5}} => 422 => queue_limits.max_messages: must be a whole number
            {"queue_limits":{"backpressure_action":"pause"}} => 422 => pause needs clients over TCP (tcp.listen)
            {"queue_limits":{"global_max_bytes":"7GiB"}} => 422 => WEIR_JAVA_OPTS
            {"profile":"prod"} => 422 => profile: there is no profile 'prod'
            {"max_messages":5} => 422 => max_messages: belongs to section queue_limits
            {"edge":{"max_connections":5}} => 422 => edge.max_connections: is no limit
            """)
    void patch_thatIsWrong_saysWhereAndChangesNothing(String body, int status, String problem) throws Exception {
        try (GatewayHarness rig = GatewayHarness.live(file(UPSTREAM))) {
            String before = limits(rig);

            HttpResponse<String> answer = rig.patch(body);

            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
            assertThat(answer.body())
                    .startsWith("{\"error\":\"limits not changed\",\"problems\":[")
                    .contains(problem);
            assertThat(limits(rig)).isEqualTo(before);
        }
    }

    @Test
    void requests_withoutTheToken_orFromElsewhere_changeNothing() throws Exception {
        String body = "{\"queue_limits\":{\"max_messages\":50}}";
        try (GatewayHarness rig = GatewayHarness.live(file(UPSTREAM))) {
            String right = "Bearer " + rig.token();
            String before = values(rig);
            record Case(String method, String authorization, String origin, int status) {}
            List<Case> cases = List.of(
                    new Case("PATCH", "", "", 401),
                    new Case("PATCH", "Bearer wrong", "", 401),
                    new Case("PATCH", "Bearer " + rig.token() + "x", "", 401),
                    new Case("PATCH", "Bearer " + rig.token().substring(1), "", 401),
                    new Case("PATCH", "Basic " + rig.token(), "", 401),
                    new Case("PATCH", rig.token(), "", 401),
                    new Case("PATCH", right, "https://evil.example", 403),
                    new Case("PATCH", "", "https://evil.example", 403),
                    new Case("POST", right, "", 405),
                    new Case("PUT", right, "", 405),
                    new Case("DELETE", right, "", 405),
                    new Case("GET", right, "https://evil.example", 403),
                    new Case("GET", "", "", 200),
                    new Case("GET", "Bearer wrong", "", 200));
            for (Case each : cases) {
                List<String> headers = new ArrayList<>();
                if (!each.authorization().isEmpty()) {
                    headers.addAll(List.of("Authorization", each.authorization()));
                }
                if (!each.origin().isEmpty()) {
                    headers.addAll(List.of("Origin", each.origin()));
                }
                HttpResponse<String> answer = rig.admin(
                        each.method(),
                        "/limits",
                        each.method().equals("GET") ? "" : body,
                        headers.toArray(String[]::new));

                assertThat(answer.statusCode()).as(each + " " + answer.body()).isEqualTo(each.status());
                assertThat(answer.body()).doesNotContain(rig.token());
                assertThat(values(rig)).as(each.toString()).isEqualTo(before);
                assertThat(answer.headers().firstValue("WWW-Authenticate").isPresent())
                        .isEqualTo(each.status() == 401);
            }
            for (String path : new String[] {"/stats", "/healthz", "/readyz"}) {
                assertThat(rig.admin("PATCH", path, body, "Authorization", right)
                                .statusCode())
                        .isEqualTo(405);
            }
            assertThat(rig.admin("PATCH", "/limits", "", "Authorization", right).statusCode())
                    .isEqualTo(415);
            assertThat(rig.patch("{\"queue_limits\":\"" + "x".repeat(70_000) + "\"}")
                            .statusCode())
                    .isEqualTo(413);
            assertThat(values(rig)).isEqualTo(before);
            assertThat(rig.patch(body).statusCode()).isEqualTo(200);
            assertThat(values(rig)).isNotEqualTo(before);
        }
    }

    @Test
    void tokenFile_isCreatedForItsOwnerAlone_keptByTheNextStart_andFollowed() throws Exception {
        Path file = file(UPSTREAM);
        Path token = directory.resolve("admin-token");
        String first;
        try (GatewayHarness rig = GatewayHarness.live(file)) {
            first = rig.token();
            assertThat(first).matches("weir_admin_[A-Za-z0-9_-]{43}");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(token)))
                    .isEqualTo("rw-------");
        }
        try (GatewayHarness rig = GatewayHarness.live(file)) {
            assertThat(rig.token()).isEqualTo(first);
            Files.writeString(token, "b".repeat(40) + "\n");
            rig.gateway.reload();
            String patch = "{\"queue_limits\":{\"max_messages\":50}}";

            assertThat(rig.admin("PATCH", "/limits", patch, "Authorization", "Bearer " + first)
                            .statusCode())
                    .isEqualTo(401);
            assertThat(rig.patch(patch).statusCode()).isEqualTo(200);
        }
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> GatewayHarness.live(file))
                .isInstanceOf(GatewayException.class)
                .hasMessageContaining("others than its owner may read or change it; run: chmod 600 " + token);
    }

    @Test
    void persist_writesTheFileWithItsComments_andCountsAfterARestart() throws Exception {
        String yaml =
                "# ours\n" + UPSTREAM + "queue_limits:   # hard\n  # for the batch job\n  max_messages: 5 # five\n";
        Path file = file(yaml);
        try (GatewayHarness rig = GatewayHarness.live(file)) {
            assertThat(rig.patch("{\"backpressure\":{\"burst_multiplier\":3}}").statusCode())
                    .isEqualTo(200);
            assertThat(Files.readString(file)).isEqualTo(yaml);

            HttpResponse<String> answer = rig.patch(
                    "{\"queue_limits\":{\"max_messages\":60,\"max_bytes\":\"2MiB\"},\"profile\":\"staging\",\"persist\":true}");

            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(Files.readString(file))
                    .isEqualTo(yaml.replace("max_messages: 5 #", "max_messages: 60 #")
                            + "  max_bytes: 2MiB\nprofile: staging\n");
            assertThat(answer.body())
                    .contains("\"queue_limits.max_messages\":{\"from\":\"file\",\"at\":\"" + file + ":7\"}")
                    .contains("\"backpressure.burst_multiplier\":{\"from\":\"patch\"");
            rig.gateway.reload();
            assertThat(limits(rig)).contains("\"max_messages\":60", "\"burst_multiplier\":3");
        }
        try (GatewayHarness rig = GatewayHarness.live(file)) {
            assertThat(limits(rig))
                    .contains("\"profile\":\"staging\"", "\"max_messages\":60", "\"max_bytes\":2097152")
                    .contains("\"burst_multiplier\":3.0");
        }
    }

    @Test
    void persist_thatCannotBeWritten_changesNothing() throws Exception {
        Path file = file(UPSTREAM);
        try (GatewayHarness rig = GatewayHarness.live(file, "queue_limits.max_messages=77")) {
            String before = limits(rig);
            String bytes = "{\"queue_limits\":{\"max_bytes\":50},\"persist\":true}";

            HttpResponse<String> option = rig.patch("{\"queue_limits\":{\"max_messages\":50},\"persist\":true}");
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
            HttpResponse<String> readOnly = rig.patch(bytes);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
            HttpResponse<String> none = rig.patch("{\"queue_limits\":{\"max_bytes\":null},\"persist\":true}");
            Files.writeString(file, UPSTREAM + "# changed\n");
            HttpResponse<String> changed = rig.patch(bytes);

            assertThat(List.of(option, readOnly, none, changed))
                    .allSatisfy(answer -> assertThat(answer.statusCode()).isEqualTo(409));
            assertThat(option.body()).contains("queue_limits.max_messages: is set by the option --set");
            assertThat(readOnly.body()).contains(file + ": is read-only");
            assertThat(none.body()).contains("null cannot be written into the file");
            assertThat(changed.body()).contains(file + ": has changed since the gateway read it");
            assertThat(limits(rig)).isEqualTo(before);
            assertThat(Files.readString(file)).isEqualTo(UPSTREAM + "# changed\n");
            rig.gateway.reload();
            assertThat(rig.patch(bytes).statusCode()).isEqualTo(200);
            assertThat(Files.readString(file)).isEqualTo(UPSTREAM + "# changed\nqueue_limits:\n  max_bytes: 50\n");
        }
    }

    @Test
    void persist_intoAFileThatWasRejected_saysWhyItWas() throws Exception {
        Path file = file(UPSTREAM);
        try (GatewayHarness rig = GatewayHarness.live(file)) {
            String bytes = "{\"queue_limits\":{\"max_bytes\":50},\"persist\":true}";
            file(UPSTREAM + "edge:\n  max_connections: 101\n");
            rig.gateway.reload();

            HttpResponse<String> rejected = rig.patch(bytes);

            assertThat(rejected.statusCode()).isEqualTo(409);
            assertThat(rejected.body())
                    .contains(file + ": cannot be written into, since the gateway has read it as it is now and has not"
                            + " applied it; mend it first: edge.max_connections: needs a restart (" + file + ":5)");
            file(UPSTREAM);
            rig.gateway.reload();
            assertThat(rig.patch(bytes).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void patch_toTheValuesInForce_isNotLoggedAsAChange() throws Exception {
        try (GatewayHarness rig = GatewayHarness.live(file(UPSTREAM + "queue_limits: {max_messages: 31}\n"));
                LoggedLines log = new LoggedLines("weir.config")) {
            assertThat(rig.patch("{\"queue_limits\":{\"max_messages\":31}}").statusCode())
                    .isEqualTo(200);
            assertThat(log.lines())
                    .containsExactly("INFO limits set by PATCH to the values that were in force already");
        }
    }

    @Test
    void file_thatChanges_isFollowedWithoutBeingAsked() throws Exception {
        Path file = file(UPSTREAM);
        try (GatewayHarness rig = GatewayHarness.live(file)) {
            file(UPSTREAM + "queue_limits: {max_messages: 31}\n");

            GatewayHarness.await(
                    "the file is followed", () -> value(rig, "max_messages").equals("31"));
            Files.delete(file);
            GatewayHarness.await("its loss is reported", () -> limits(rig).contains("there is no such file"));
            assertThat(value(rig, "max_messages")).isEqualTo("31");
            file(UPSTREAM + "queue_limits: {max_messages: 31}\n");
            GatewayHarness.await("it is back", () -> limits(rig).contains("\"state\":\"applied\""));
        }
    }

    @Test
    void file_withAKeyThatNeedsARestart_isNotAppliedAndNamesKeyAndLine() throws Exception {
        Path file = file(UPSTREAM + "edge:\n  max_connections: 100\n");
        try (GatewayHarness rig = GatewayHarness.live(file)) {
            String before = values(rig);

            file(UPSTREAM + "edge:\n  max_connections: 101\nqueue_limits:\n  max_messages: 5\n");
            rig.gateway.reload();

            assertThat(values(rig)).isEqualTo(before);
            assertThat(limits(rig))
                    .contains("\"state\":\"rejected\"")
                    .contains("\"problems\":[\"edge.max_connections: needs a restart (" + file + ":5)\"]");
            file(UPSTREAM + "edge:\n  max_connections: 100\nqueue_limits:\n  max_messages: 5\n");
            rig.gateway.reload();
            assertThat(value(rig, "max_messages")).isEqualTo("5");
            assertThat(limits(rig)).contains("\"state\":\"applied\"");
        }
    }

    /** A file with every key of some sections. */
    private static String everyKey() {
        WeirConfig limits = Profile.PRODUCTION.builder(8L << 30).build();
        StringBuilder yaml = new StringBuilder("profile: production\n" + UPSTREAM);
        for (String key :
                List.of("ttl_ms: 30000", "request_timeout_ms: 300000", "keep_alive_ms: 4000", "capacity: 7")) {
            yaml.append("    ").append(key).append('\n');
        }
        for (String section : List.of("queue_limits", "backpressure", "edge", "refusal")) {
            yaml.append(section).append(":\n");
            for (Key<?> key : Keys.of(section)) {
                String value = ConfigKey.find(section, key.name())
                        .map(each -> each.get(limits))
                        .orElse(String.valueOf(key.byDefault()));
                if (!value.equals("null")) {
                    yaml.append("  ")
                            .append(key.name())
                            .append(": ")
                            .append(value)
                            .append('\n');
                }
            }
        }
        return yaml.toString();
    }

    @Test
    void brokenFiles_areEachRejectedWithTheirPlace_andChangeNothing() throws Exception {
        String valid = everyKey();
        List<String> lines = valid.lines().toList();
        List<BiFunction<String, String, String>> faults = List.of(
                (key, value) -> key.substring(0, key.length() - 2) + key.charAt(key.length() - 1) + ": " + value,
                (key, value) -> key + ": \"%\"",
                (key, value) -> key + ": {a: 1}",
                (key, value) -> key + ": " + value + "\n" + key + ": " + value);
        Path file = file(valid);
        int rejected = 0;
        try (GatewayHarness rig = GatewayHarness.live(file)) {
            String before = values(rig);
            for (int i = 0; i < lines.size(); i++) {
                Matcher line = Pattern.compile("( *)([a-z_]+): (.+)").matcher(lines.get(i));
                if (!line.matches() || line.group(2).equals("url")) {
                    continue;
                }
                for (int fault = 0; fault < faults.size(); fault++) {
                    String broken = faults.get(fault)
                            .apply(line.group(2), line.group(3))
                            .indent(line.group(1).length());
                    List<String> changed = new ArrayList<>(lines);
                    changed.set(i, broken.stripTrailing());
                    file(String.join("\n", changed));

                    rig.gateway.reload();

                    int at = fault == 3 ? i + 2 : i + 1;
                    String problems = limits(rig).replaceFirst("(?s).*\"problems\":", "");
                    assertThat(problems)
                            .as(broken)
                            .contains("[\"" + file + ":" + at + ":")
                            .contains(line.group(2).substring(0, line.group(2).length() - 2));
                    if (fault == 0 && i > 0) {
                        assertThat(problems).as(broken).contains("did you mean ");
                    }
                    assertThat(values(rig)).as(broken).isEqualTo(before);
                    rejected++;
                }
            }
            file(valid);
            rig.gateway.reload();
            assertThat(limits(rig)).contains("\"state\":\"applied\"");
        }
        assertThat(rejected).isGreaterThanOrEqualTo(200);
    }

    @Test
    void apiKeys_thatAreAddedAndRemoved_countWithoutARestart() throws Exception {
        Path keys = directory.resolve("keys");
        Files.writeString(keys, ApiKeys.hashLine("a", GatewayHarness.KEY_A) + "\n");
        try (RawServer server = new RawServer((socket, n) -> RawServer.serveAll(socket));
                GatewayHarness rig = GatewayHarness.live(
                        file("upstreams: {a: {url: \"" + server.url() + "\"}}\n"), "tenants.api_keys_file=" + keys)) {
            assertThat(status(rig, GatewayHarness.KEY_A)).isEqualTo(200);
            assertThat(status(rig, GatewayHarness.KEY_B)).isEqualTo(401);

            Files.writeString(keys, ApiKeys.hashLine("b", GatewayHarness.KEY_B) + "\n");
            rig.gateway.reload();
            assertThat(status(rig, GatewayHarness.KEY_A)).isEqualTo(401);
            assertThat(status(rig, GatewayHarness.KEY_B)).isEqualTo(200);

            Files.writeString(keys, "nonsense\n");
            rig.gateway.reload();
            assertThat(status(rig, GatewayHarness.KEY_B)).isEqualTo(200);

            Files.writeString(keys, ApiKeys.hashLine("c", GatewayHarness.KEY_C) + "\n");
            GatewayHarness.await("the file is followed", () -> status(rig, GatewayHarness.KEY_C) == 200);
        }
    }

    private static int status(GatewayHarness rig, String key) {
        return rig.call(GatewayHarness.call(1, "echo"), "X-API-Key", key).join().statusCode();
    }

    @Test
    void allowedHostsAndOrigins_canChange() throws Exception {
        try (RawServer server = new RawServer((socket, n) -> RawServer.serveAll(socket))) {
            String yaml = "upstreams: {a: {url: \"" + server.url() + "\"}}\n";
            try (GatewayHarness rig =
                    GatewayHarness.live(file(yaml + "http: {allowed_origins: [\"https://a.example\"]}\n"))) {
                assertThat(origin(rig, "https://a.example")).isEqualTo(200);
                assertThat(origin(rig, "https://b.example")).isEqualTo(403);

                file(yaml + "http: {allowed_origins: [\"https://b.example\"]}\n");
                rig.gateway.reload();

                assertThat(origin(rig, "https://a.example")).isEqualTo(403);
                assertThat(origin(rig, "https://b.example")).isEqualTo(200);
            }
        }
    }

    private static int origin(GatewayHarness rig, String origin) {
        return rig.call(GatewayHarness.call(1, "echo"), "Origin", origin).join().statusCode();
    }

    @Test
    void timeToLiveOfAnUpstream_canChange() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        try (RawServer server = new RawServer((socket, n) -> over.await())) {
            String yaml = "upstreams:\n  a:\n    url: \"" + server.url() + "\"\n    capacity: 1\n";
            try (GatewayHarness rig = GatewayHarness.live(file(yaml + "    ttl_ms: 1h\n"))) {
                CompletableFuture<?> first = rig.call(GatewayHarness.call(1, "echo"));
                GatewayHarness.await("one is in flight", () -> rig.stats().contains("\"in_flight\":1,"));
                file(yaml + "    ttl_ms: 50\n    tools: {echo: {priority: list}}\n");
                rig.gateway.reload();

                // With the hour of before it would wait for as long as the first one takes.
                assertThat(rig.call(GatewayHarness.call(2, "echo")).join().body())
                        .containsPattern("\"reason\":\"(expired|wait)\"");
                assertThat(first).isNotDone();
            } finally {
                over.countDown();
            }
        }
    }

    @Test
    void cleanUp_followsItsInterval() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            CountDownLatch ran = new CountDownLatch(3);
            PeriodicTask task = new PeriodicTask(new Timers(vertx), ran::countDown);
            task.every(TimeUnit.HOURS.toMillis(1));
            task.every(1);

            assertThat(ran.await(30, TimeUnit.SECONDS)).isTrue();
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().join();
        }
        try (RawServer server = new RawServer((socket, n) -> RawServer.serveAll(socket));
                GatewayHarness rig = GatewayHarness.live(
                        file("upstreams: {a: {url: \"" + server.url() + "\"}}\n"),
                        "queue_limits.cleanup_interval_ms=1h",
                        "queue_limits.idle_timeout_ms=1")) {
            assertThat(rig.call(GatewayHarness.call(1, "echo")).join().statusCode())
                    .isEqualTo(200);
            assertThat(rig.stats()).contains("\"connections\":1,");
            assertThat(rig.patch("{\"queue_limits\":{\"cleanup_interval_ms\":5}}")
                            .statusCode())
                    .isEqualTo(200);

            GatewayHarness.await(
                    "idle connections are forgotten", () -> rig.stats().contains("\"connections\":0,"));
        }
    }

    @Test
    void gatewayOfAFixedConfiguration_changesNothing() throws Exception {
        try (GatewayHarness rig = GatewayHarness.start("http://127.0.0.1:9/mcp")) {
            assertThat(rig.gateway.tokenFile()).isEmpty();
            assertThat(rig.admin("PATCH", "/limits", "{}").statusCode()).isEqualTo(405);
        }
        GatewayConfigLoader loader = new GatewayConfigLoader(1L << 30, name -> null);
        assertThat(loader.upstream("http://h/").load().adminToken()).isEmpty();
    }
}
