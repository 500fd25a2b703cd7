package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.ConfigTexts;
import io.weir.config.GatewayConfig;
import io.weir.config.GatewayConfigLoader;
import io.weir.config.UpstreamConfig;
import io.weir.config.UpstreamTransport;
import io.weir.gateway.ops.LimitsPreview;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A gateway in front of one server, with clients of bare sockets. */
public final class GatewayHarness implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(30);

    static final String KEY_A = "a".repeat(40);
    static final String KEY_B = "b".repeat(40);
    static final String KEY_C = "c".repeat(40);

    private static final Pattern LENGTH = Pattern.compile("(?i)content-length: *(\\d+)");

    final Gateway gateway;
    private Runnable alsoClosed = () -> {};
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private GatewayHarness(Gateway gateway) {
        this.gateway = gateway;
    }

    /** Starts a gateway on free ports; settings are as those of {@code --set}. */
    public static GatewayHarness start(String upstream, String... settings) throws Exception {
        GatewayConfigLoader loader = new GatewayConfigLoader(1L << 30, name -> null)
                .set("http.listen=127.0.0.1:0")
                .set("admin.listen=127.0.0.1:0")
                .set("edge.shutdown_timeout_ms=0")
                .upstream(upstream);
        for (String setting : settings) {
            loader.set(setting);
        }
        return new GatewayHarness(Gateway.start(loader.load()));
    }

    /** A gateway on free ports whose configuration can change: of a file, and of settings as those of {@code --set}. */
    static GatewayHarness live(Path file, String... settings) throws Exception {
        return live(file, Optional.empty(), settings);
    }

    /** As {@link #live(Path, String...)}, which can try changed limits. */
    static GatewayHarness live(Path file, Optional<LimitsPreview> preview, String... settings) throws Exception {
        GatewayConfigLoader loader = new GatewayConfigLoader(8L << 30, name -> null)
                .file(file)
                .set("http.listen=127.0.0.1:0")
                .set("admin.listen=127.0.0.1:0")
                .set("edge.shutdown_timeout_ms=0")
                .set("admin.token_file=" + file.resolveSibling("admin-token"));
        for (String setting : settings) {
            loader.set(setting);
        }
        ConfigTexts texts = loader.read();
        return new GatewayHarness(Gateway.start(loader, texts, loader.load(texts, Map.of()), preview));
    }

    /** Asks the operator's port; a request with a body has the type of JSON. */
    HttpResponse<String> admin(String method, String path, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://" + gateway.admin() + path))
                .timeout(PATIENCE)
                .method(
                        method,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body));
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Changes limits, as one who has the token. */
    HttpResponse<String> patch(String body) {
        return admin("PATCH", "/limits", body, "Authorization", "Bearer " + token());
    }

    /** The admin token. */
    String token() {
        try {
            return Files.readString(gateway.tokenFile().orElseThrow()).strip();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** As {@link #start}, in front of a server that is reached by that transport. */
    public static GatewayHarness start(UpstreamTransport upstream, String... settings) throws Exception {
        GatewayConfigLoader loader = new GatewayConfigLoader(1L << 30, name -> null)
                .set("http.listen=127.0.0.1:0")
                .set("admin.listen=127.0.0.1:0")
                .set("edge.shutdown_timeout_ms=0")
                .upstream("http://127.0.0.1:9/");
        for (String setting : settings) {
            loader.set(setting);
        }
        GatewayConfig config = loader.load();
        UpstreamConfig made = config.upstreams().get(0);
        return new GatewayHarness(Gateway.start(new GatewayConfig(
                config.profile(),
                config.http(),
                config.tcp(),
                config.admin(),
                List.of(new UpstreamConfig(made.name(), upstream, made.requestTimeout(), made.queue())),
                config.limits(),
                config.refusal(),
                config.edge(),
                config.allowedOrigins(),
                config.allowedHosts(),
                config.adminAllowedHosts(),
                config.adminToken(),
                config.publicUrl(),
                config.tenantHeader(),
                config.proxies(),
                config.tls(),
                config.apiKeys(),
                config.identity(),
                config.decisionLog(),
                config.accessLog(),
                config.metrics(),
                config.tracing())));
    }

    /** As {@link #start}, with API keys in a file of that folder: tenants "a", "b" and "c" have one each. */
    static GatewayHarness keyed(RawServer server, Path folder, String... settings) throws Exception {
        String[] all = Arrays.copyOf(settings, settings.length + 1);
        all[settings.length] = keys(folder);
        return start(server.url().toString(), all);
    }

    /** The setting of API keys in a file of that folder: tenants "a", "b" and "c" have one each. */
    static String keys(Path folder) throws Exception {
        Path keys = folder.resolve("keys");
        Files.writeString(keys, keyLine("a", KEY_A) + keyLine("b", KEY_B) + keyLine("c", KEY_C));
        Files.setPosixFilePermissions(keys, PosixFilePermissions.fromString("rw-------"));
        return "tenants.api_keys_file=" + keys;
    }

    private static String keyLine(String tenant, String key) throws Exception {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        return tenant + ":sha256:" + HexFormat.of().formatHex(hash) + "\n";
    }

    /** The bytes of a POST. */
    static String post(String body, String... headers) {
        String extra = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
        return "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + extra
                + "Content-Length: " + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body;
    }

    /** A call of a tool. */
    public static String call(int id, String tool) {
        return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"tools/call\",\"params\":{\"name\":\"" + tool
                + "\",\"arguments\":{}}}";
    }

    /** A client that sends those bytes, and reads nothing until the test does. */
    Socket send(String bytes) throws IOException {
        return send(bytes, 0);
    }

    /**
     * As {@link #send(String)}, with a small receive buffer, so that little is on the way to a client that does not
     * read.
     */
    Socket send(String bytes, int receiveBuffer) throws IOException {
        Socket socket = new Socket();
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer);
        }
        socket.connect(new InetSocketAddress(
                InetAddress.getLoopbackAddress(), gateway.http().port()));
        socket.setSoTimeout((int) PATIENCE.toMillis());
        socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
        return socket;
    }

    /** Reads one response of a connection that stays open: its head, and the body that the head has the length of. */
    static String response(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            assertThat(next).as("the connection is open; so far: " + head).isNotNegative();
            head.append((char) next);
        }
        Matcher length = LENGTH.matcher(head);
        assertThat(length.find()).as(head.toString()).isTrue();
        return head + new String(in.readNBytes(Integer.parseInt(length.group(1))), StandardCharsets.UTF_8);
    }

    /** What a client does that waits for its answers. */
    interface Client {
        void run() throws Exception;
    }

    /**
     * Runs a client on a thread of its own: the common pool has one thread on two processors, which clients of HTTP
     * need as well. Done when it has ended.
     */
    static CompletableFuture<Void> begin(Client client) {
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        client.run();
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                },
                task -> {
                    Thread thread = new Thread(task, "client");
                    thread.setDaemon(true);
                    thread.start();
                });
    }

    /** Posts and answers with the whole response. */
    public CompletableFuture<HttpResponse<String>> call(String body, String... headers) {
        return request("POST", body, headers);
    }

    /** As {@link #call}, to that path. */
    CompletableFuture<HttpResponse<String>> to(String path, String body, String... headers) {
        return request("POST", path, body, headers);
    }

    /** As {@link #call}, with that method; a POST alone has the body. */
    public CompletableFuture<HttpResponse<String>> request(String method, String body, String... headers) {
        return request(method, "/mcp", body, headers);
    }

    private CompletableFuture<HttpResponse<String>> request(
            String method, String path, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://" + gateway.http() + path))
                .header("Content-Type", "application/json")
                .timeout(PATIENCE)
                .method(
                        method,
                        method.equals("POST")
                                ? HttpRequest.BodyPublishers.ofString(body)
                                : HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** Opens a stream of that session, and leaves when so many events have come; their data. */
    public String events(String session, int count) {
        return events(HttpRequest.newBuilder().header("Mcp-Session-Id", session), count);
    }

    /** Posts that, and leaves when so many events have come; their data. */
    public String events(String body, int count, String... headers) {
        return events(
                HttpRequest.newBuilder()
                        .header("Content-Type", "application/json")
                        .headers(headers)
                        .POST(HttpRequest.BodyPublishers.ofString(body)),
                count);
    }

    private String events(HttpRequest.Builder request, int count) {
        request.uri(URI.create("http://" + gateway.http() + "/mcp"))
                .header("Accept", "text/event-stream")
                .timeout(PATIENCE);
        try (Stream<String> lines =
                http.send(request.build(), HttpResponse.BodyHandlers.ofLines()).body()) {
            return lines.filter(line -> line.startsWith("data: ")).limit(count).collect(Collectors.joining("\n"));
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Where clients connect over HTTP. */
    public int port() {
        return gateway.http().port();
    }

    /** Where clients connect over TCP. */
    public int tcpPort() {
        return gateway.tcp().orElseThrow().port();
    }

    /** The statistics as the administrator sees them. */
    public String stats() {
        try {
            return http.send(
                            HttpRequest.newBuilder(URI.create("http://" + gateway.admin() + "/stats"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The first number of that name in the statistics. */
    public long stat(String name) {
        Matcher found = Pattern.compile("\"" + name + "\":\\s*(\\d+)").matcher(stats());
        assertThat(found.find()).as(name).isTrue();
        return Long.parseLong(found.group(1));
    }

    /** Waits until that holds. */
    public static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        boolean holds = condition.getAsBoolean();
        while (!holds && System.nanoTime() - end < 0) {
            Thread.sleep(10);
            holds = condition.getAsBoolean();
        }
        assertThat(holds).as(what).isTrue();
    }

    /** Runs that too when this is closed. */
    public GatewayHarness closing(Runnable other) {
        alsoClosed = other;
        return this;
    }

    /** Shuts the gateway down while clients are connected. */
    public void shutDown() {
        close();
    }

    @Override
    public void close() {
        gateway.close();
        alsoClosed.run();
    }
}
