package io.weir.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import io.weir.config.GatewayConfigLoader;
import io.weir.demo.SdkServer;
import io.weir.gateway.Gateway;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The official Java client over TLS, and in front of a server of the official SDK over stdio. */
class SdkTransportsTest {
    private static final char[] PASSWORD = "changeit".toCharArray();

    @TempDir
    Path folder;

    private static GatewayConfigLoader loader() {
        return new GatewayConfigLoader(1L << 30, name -> null)
                .set("http.listen=127.0.0.1:0")
                .set("admin.listen=127.0.0.1:0")
                .set("edge.shutdown_timeout_ms=0");
    }

    private static McpAsyncClient client(
            String address, Consumer<HttpClientStreamableHttpTransport.Builder> customized) {
        HttpClientStreamableHttpTransport.Builder transport =
                HttpClientStreamableHttpTransport.builder(address).endpoint("/mcp");
        customized.accept(transport);
        return McpClient.async(transport.build())
                .requestTimeout(PeerHarness.PATIENCE)
                .initializationTimeout(PeerHarness.PATIENCE)
                .build();
    }

    private static String echo(McpAsyncClient client, String message) {
        return ((TextContent) client.callTool(CallToolRequest.builder("echo")
                                .arguments(Map.of("message", message))
                                .build())
                        .block(PeerHarness.PATIENCE)
                        .content()
                        .get(0))
                .text();
    }

    /** A certificate for 127.0.0.1 that signs itself, in PEM files for the gateway; returns who trusts it. */
    private SSLContext certificate() throws Exception {
        Path file = folder.resolve("store.p12");
        Path log = folder.resolve("keytool.log");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "gateway",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=gateway",
                        "-ext",
                        "san=ip:127.0.0.1",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        new String(PASSWORD))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        assertThat(keytool.waitFor()).as(() -> log.toString()).isZero();
        KeyStore made = KeyStore.getInstance(file.toFile(), PASSWORD);
        Key key = made.getKey("gateway", PASSWORD);
        Certificate certificate = made.getCertificate("gateway");
        Files.writeString(folder.resolve("key.pem"), pem("PRIVATE KEY", key.getEncoded()));
        Files.writeString(folder.resolve("certificate.pem"), pem("CERTIFICATE", certificate.getEncoded()));
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        trusted.setCertificateEntry("gateway", certificate);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    private static String pem(String kind, byte[] bytes) {
        String text = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(bytes);
        return "-----BEGIN " + kind + "-----\n" + text + "\n-----END " + kind + "-----\n";
    }

    @Test
    void client_overTls_worksAsWithoutIt_andRefusesAStranger() throws Exception {
        SSLContext trusting = certificate();
        try (SdkServer server = new SdkServer();
                Gateway gateway = Gateway.start(loader().upstream(server.url().toString())
                        .set("http.tls_certificate=" + folder.resolve("certificate.pem"))
                        .set("http.tls_key=" + folder.resolve("key.pem"))
                        .load())) {
            String address = "https://" + gateway.http();
            McpAsyncClient client = client(address, to -> to.customizeClient(http -> http.sslContext(trusting)));
            assertThat(client.initialize()
                            .block(PeerHarness.PATIENCE)
                            .serverInfo()
                            .name())
                    .isEqualTo("weir-demo");
            assertThat(echo(client, "hëllo")).isEqualTo("Echo: hëllo");
            client.closeGracefully().block(PeerHarness.PATIENCE);

            McpAsyncClient distrusting = client(address, to -> {});
            assertThatThrownBy(() -> distrusting.initialize().block(PeerHarness.PATIENCE))
                    .hasRootCauseInstanceOf(GeneralSecurityException.class)
                    .hasStackTraceContaining(SSLHandshakeException.class.getName());
        }
    }

    @Test
    void client_ofAnSdkServerOverStdio_listsCallsAndIsRefused() throws Exception {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                StdioServer.class.getName());
        try (Gateway gateway = Gateway.start(
                loader().command(command).set("queue_limits.max_bytes=4096").load())) {
            McpAsyncClient first = client("http://" + gateway.http(), to -> {});
            McpAsyncClient second = client("http://" + gateway.http(), to -> {});
            for (McpAsyncClient client : List.of(first, second)) {
                assertThat(client.initialize()
                                .block(PeerHarness.PATIENCE)
                                .serverInfo()
                                .name())
                        .isEqualTo("weir-stdio");
            }
            assertThat(first.listTools().block(PeerHarness.PATIENCE).tools())
                    .extracting(Tool::name)
                    .containsExactly("echo");
            assertThat(echo(first, "hëllo ☃")).isEqualTo("Echo: hëllo ☃");
            first.ping().block(PeerHarness.PATIENCE);
            assertThatThrownBy(() -> echo(first, "x".repeat(5_000)))
                    .isInstanceOfSatisfying(
                            McpError.class,
                            error -> assertThat(error.getJsonRpcError().code()).isEqualTo(-31429));
            first.closeGracefully().block(PeerHarness.PATIENCE);
            assertThat(echo(second, "after the end of the other")).isEqualTo("Echo: after the end of the other");
            second.closeGracefully().block(PeerHarness.PATIENCE);
        }
    }
}
