package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Holds {@code /openapi.json} against the table of endpoints, and against what these answer. */
class OpenApiTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final SchemaRegistry SCHEMAS = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    @TempDir
    Path directory;

    private static JsonNode document(GatewayHarness rig) {
        HttpResponse<String> answer = rig.admin("GET", "/openapi.json", "");
        assertThat(answer.statusCode()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private GatewayHarness live(RawServer server, String... settings) throws Exception {
        return GatewayHarness.live(
                Files.writeString(
                        directory.resolve("weir.yaml"),
                        "upstreams: {a: {url: \"" + server.url()
                                + "\", capacity: 1, ttl_ms: 600000, tools: {slow: {capacity: 1}}}, b: {url: \"http://127.0.0.1:9/mcp\"},"
                                + " c: {command: no-such-program, args: [--secret, x]}}\n"),
                settings);
    }

    @Test
    void document_hasEveryEndpointAndNoOther_andSaysWhichNeedTheToken() throws Exception {
        try (RawServer server = new RawServer((socket, n) -> RawServer.serveAll(socket));
                GatewayHarness rig = live(server)) {
            Set<String> described = new TreeSet<>();
            JsonNode document = document(rig);
            assertThat(document.at("/openapi").asString()).isEqualTo("3.1.0");
            document.get("paths")
                    .properties()
                    .forEach(path -> path.getValue()
                            .properties()
                            .forEach(operation -> described.add(
                                    operation.getKey().toUpperCase(java.util.Locale.ROOT) + " " + path.getKey() + " "
                                            + operation.getValue().has("security"))));

            assertThat(described)
                    .isEqualTo(new TreeSet<>(rig.gateway.adminEndpoints().stream()
                            .map(endpoint -> endpoint.replaceFirst(" (PROBE|READ)$", " false")
                                    .replaceFirst(" TOKEN$", " true"))
                            .toList()));
        }
    }

    /** Fails if an answer is not what the document says of it. */
    private static void check(JsonNode document, String method, String template, HttpResponse<String> answer) {
        String what = method + " " + template + " " + answer.statusCode() + ": " + answer.body();
        JsonNode response = document.get("paths")
                .get(template)
                .get(method.toLowerCase(java.util.Locale.ROOT))
                .get("responses")
                .get(String.valueOf(answer.statusCode()));
        assertThat(response).as("documented: " + what).isNotNull();
        if (response.has("$ref")) {
            response = document.at(response.get("$ref").asString().substring(1));
        }
        JsonNode content = response.get("content");
        String type = answer.headers().firstValue("Content-Type").orElseThrow().split(";", 2)[0];
        assertThat(content.has(type)).as(type + " " + what).isTrue();
        if (type.equals("application/json")) {
            ObjectNode schema = ((ObjectNode) content.get(type).get("schema")).deepCopy();
            schema.set("components", document.get("components"));
            assertThat(SCHEMAS.getSchema(schema.toString()).validate(answer.body(), InputFormat.JSON))
                    .as(what)
                    .isEmpty();
        }
    }

    private static String found(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertThat(matcher.find()).as(pattern + " in " + text).isTrue();
        return matcher.group(1);
    }

    @Test
    void answers_areAsTheDocumentSays() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        try (RawServer server = new RawServer((socket, n) -> {
                    over.await();
                    RawServer.serveAll(socket);
                });
                GatewayHarness rig = live(server, "queue_limits.max_messages=3")) {
            rig.gateway.onDrain(() -> {});
            JsonNode document = document(rig);
            List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                calls.add(callA(rig, i));
            }
            GatewayHarness.await("one was refused", () -> rig.stats().contains("\"connection_messages\""));
            String token = "Bearer " + rig.token();
            String id = found(rig.admin("GET", "/connections", "").body(), "\"id\":\"(\\w+)\"");
            Set<String> untried = new TreeSet<>(rig.gateway.adminEndpoints().stream()
                    .map(endpoint -> endpoint.substring(0, endpoint.lastIndexOf(' ')))
                    .toList());
            record Case(String method, String template, String path, String body, boolean token, int status) {
                static Case get(String template, String path, int status) {
                    return new Case("GET", template, path, "", false, status);
                }
            }
            String patch = "{\"queue_limits\":{\"max_messages\":4}}";
            List<Case> cases = List.of(
                    Case.get("/healthz", "/healthz", 200),
                    Case.get("/readyz", "/readyz", 200),
                    Case.get("/stats", "/stats", 200),
                    Case.get("/limits", "/limits", 200),
                    new Case("PATCH", "/limits", "/limits", patch, true, 200),
                    new Case("PATCH", "/limits", "/limits", patch, false, 401),
                    new Case("PATCH", "/limits", "/limits", "[]", true, 400),
                    new Case("PATCH", "/limits", "/limits", "{\"queue_limits\":{\"max\":4}}", true, 422),
                    Case.get("/metrics", "/metrics", 200),
                    Case.get("/connections", "/connections", 200),
                    Case.get("/connections", "/connections?sort=idle&limit=1&offset=0&tenant=default", 200),
                    Case.get("/connections", "/connections?sort=size", 400),
                    Case.get("/connections", "/connections?limit=0", 400),
                    Case.get("/connections", "/connections?limit=1001", 400),
                    Case.get("/connections", "/connections?limit=1&limit=2", 400),
                    Case.get("/connections", "/connections?page=2", 400),
                    Case.get("/connections/{id}", "/connections/" + id, 200),
                    Case.get("/connections/{id}", "/connections/127.0.0.1", 200),
                    Case.get("/connections/{id}", "/connections/0000000000000000", 404),
                    Case.get("/tenants", "/tenants", 200),
                    Case.get("/tenants", "/tenants?sort=rejected", 200),
                    Case.get("/tenants", "/tenants?sort=age", 400),
                    Case.get("/tenants/{tenant}", "/tenants/default", 200),
                    Case.get("/tenants/{tenant}", "/tenants/nobody", 404),
                    Case.get("/upstreams", "/upstreams", 200),
                    Case.get("/decisions", "/decisions", 200),
                    Case.get("/decisions", "/decisions?reason=rate", 200),
                    Case.get("/decisions", "/decisions?reason=fate", 400),
                    Case.get("/openapi.json", "/openapi.json", 200),
                    Case.get("/", "/", 200),
                    Case.get("/assets/{file}", "/assets/page.mjs", 200),
                    Case.get("/assets/{file}", "/assets/page.css", 200),
                    Case.get("/assets/{file}", "/assets/icon.svg", 200),
                    Case.get("/assets/{file}", "/assets/keys.json", 200),
                    Case.get("/assets/{file}", "/assets/page.html", 404),
                    Case.get("/history", "/history", 200),
                    Case.get("/history", "/history?since=" + Long.MAX_VALUE, 200),
                    Case.get("/history", "/history?since=yesterday", 400),
                    new Case("POST", "/preview", "/preview", patch, true, 409),
                    new Case("POST", "/preview", "/preview", patch, false, 401),
                    new Case("POST", "/connections/{id}/reset", "/connections/" + id + "/reset", "", false, 401),
                    new Case("POST", "/connections/{id}/reset", "/connections/" + id + "/reset", "", true, 200),
                    new Case("POST", "/connections/{id}/reset", "/connections/none/reset", "", true, 404),
                    new Case("POST", "/drain", "/drain", "", false, 401),
                    new Case("POST", "/drain", "/drain", "", true, 202));

            for (Case each : cases) {
                HttpResponse<String> answer = each.token()
                        ? rig.admin(each.method(), each.path(), each.body(), "Authorization", token)
                        : rig.admin(each.method(), each.path(), each.body());
                assertThat(answer.statusCode()).as(each + " " + answer.body()).isEqualTo(each.status());
                check(document, each.method(), each.template(), answer);
                untried.remove(each.method() + " " + each.template());
            }

            // It has no end; OperatorPageTest reads it.
            assertThat(untried).containsExactly("GET /events");
            over.countDown();
            CompletableFuture.allOf(calls.toArray(new CompletableFuture<?>[0])).join();
        }
    }

    private static CompletableFuture<HttpResponse<String>> callA(GatewayHarness rig, int id) {
        return rig.to("/a/mcp", GatewayHarness.call(id, "echo"));
    }
}
