package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.GatewayConfigLoader;
import io.weir.gateway.Gateway;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class StatsCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        CommandLine weir = Weir.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return weir.execute(arguments);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Test
    void stats_ofARunningGateway_haveARowForEachTenantAndQueue() throws Exception {
        try (Gateway gateway = Gateway.start(new GatewayConfigLoader(1 << 30, name -> null)
                .upstream("http://127.0.0.1:" + freePort() + "/mcp")
                .set("http.listen=127.0.0.1:0")
                .set("admin.listen=127.0.0.1:0")
                .set("upstreams.default.capacity=7")
                .load())) {
            HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://" + gateway.http() + "/mcp"))
                                    .header("Content-Type", "application/json")
                                    .header("Accept", "application/json, text/event-stream")
                                    .POST(HttpRequest.BodyPublishers.ofString(
                                            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());

            assertThat(run("stats", "--admin", gateway.admin().toString())).isZero();
            StringWriter status = new StringWriter();
            Weir.commandLine()
                    .setOut(new PrintWriter(status))
                    .execute("status", "--admin", gateway.admin().toString());
            assertThat(status.toString()).contains(" messages, 1 connection, 1 tenant" + System.lineSeparator());
        }

        assertThat(out.toString())
                .containsPattern("offered +refused +shed +queued +in flight +completed +failed")
                .containsPattern("\\Rall +1 +0 +0 +0 +0 +0 +1 ")
                .containsPattern("\\Rdefault +1 +0 +0 +0 +0 +0 +1 ")
                .containsPattern("\\Rdefault +0 +0 +7 +0 ms +closed\\R");
        assertThat(out.toString().lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(100));
    }

    @Test
    void stats_withoutAGateway_exits1AndSaysHowToNameAnother() throws Exception {
        int port = freePort();

        assertThat(run("stats", "--admin", "127.0.0.1:" + port)).isEqualTo(1);
        assertThat(err.toString())
                .isEqualTo("weir: no gateway answers at http://127.0.0.1:" + port
                        + "/stats; --admin HOST:PORT names another one" + System.lineSeparator());
    }

    @Test
    void stats_ofAPortAlone_asksThisMachine() throws Exception {
        int port = freePort();

        assertThat(run("stats", "--admin", String.valueOf(port))).isEqualTo(1);
        assertThat(err.toString()).startsWith("weir: no gateway answers at http://127.0.0.1:" + port + "/stats;");
    }

    @Test
    void stats_ofClientsPort_exits1AndSaysThatItIsNotTheOperators() throws Exception {
        try (Gateway gateway = Gateway.start(new GatewayConfigLoader(1 << 30, name -> null)
                .upstream("http://127.0.0.1:" + freePort() + "/mcp")
                .set("http.listen=127.0.0.1:0")
                .set("admin.listen=127.0.0.1:0")
                .load())) {
            assertThat(run("stats", "--admin", gateway.http().toString())).isEqualTo(1);
        }
        assertThat(err.toString())
                .matches(
                        "weir: http://127.0.0.1:\\d+/stats answered with status \\d+, which is not the operator's port of"
                                + " a gateway; --admin HOST:PORT names another one\\R");
    }

    @Test
    void stats_ofAGatewayThatDoesNotAnswer_saysThatItIsSlow_notThatItIsNotThere() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            String where = "127.0.0.1:" + silent.getLocalPort();

            assertThat(run("stats", "--admin", where)).isEqualTo(1);
            assertThat(err.toString())
                    .isEqualTo(
                            "weir: " + where + " accepts connections, but /stats was not answered for 5 s: the gateway"
                                    + " is overloaded, stopped (SIGSTOP) or hangs; try again, and look at its log"
                                    + System.lineSeparator());
        }
    }

    @Test
    void stats_ofAnUnknownHost_saysSo() {
        assertThat(run("stats", "--admin", "no-such-host.invalid:9090")).isEqualTo(1);
        assertThat(err.toString())
                .isEqualTo(
                        "weir: the host name 'no-such-host.invalid' is not known; --admin HOST:PORT names another one"
                                + System.lineSeparator());
    }

    /** Writes a certificate that nobody trusts, and its key as key.pem. */
    private static Path certificate(Path folder) throws Exception {
        Path store = folder.resolve("store.p12");
        int status = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        "secret",
                        "-alias",
                        "a",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=127.0.0.1")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("keytool.log").toFile())
                .start()
                .waitFor();
        assertThat(status).isZero();
        KeyStore keys = KeyStore.getInstance(store.toFile(), "secret".toCharArray());
        pem(
                folder.resolve("key.pem"),
                "PRIVATE KEY",
                keys.getKey("a", "secret".toCharArray()).getEncoded());
        return pem(
                folder.resolve("cert.pem"),
                "CERTIFICATE",
                keys.getCertificate("a").getEncoded());
    }

    private static Path pem(Path file, String type, byte[] bytes) throws IOException {
        String text = Base64.getMimeEncoder().encodeToString(bytes);
        return Files.writeString(file, "-----BEGIN " + type + "-----\n" + text + "\n-----END " + type + "-----\n");
    }

    @Test
    void stats_ofAPortWithTls_saysHowToWriteIt(@TempDir Path folder) throws Exception {
        try (Gateway gateway = Gateway.start(new GatewayConfigLoader(1 << 30, name -> null)
                .upstream("http://127.0.0.1:" + freePort() + "/mcp")
                .set("http.listen=127.0.0.1:0")
                .set("admin.listen=127.0.0.1:0")
                .set("admin.tls_certificate=" + certificate(folder))
                .set("admin.tls_key=" + folder.resolve("key.pem"))
                .load())) {
            String where = gateway.admin().toString();

            assertThat(run("stats", "--admin", where)).isEqualTo(1);
            assertThat(err.toString())
                    .isEqualTo(
                            "weir: " + where + " speaks TLS; write --admin https://" + where + System.lineSeparator());
        }
    }

    private static void keytool(Path folder, String alias, String... arguments) throws Exception {
        List<String> words = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-keystore",
                folder.resolve("store.p12").toString(),
                "-storepass",
                "secret",
                "-alias",
                alias));
        words.addAll(List.of(arguments));
        assertThat(new ProcessBuilder(words)
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("keytool.log").toFile())
                        .start()
                        .waitFor())
                .isZero();
    }

    /**
     * Writes a certificate for 127.0.0.1 of a CA that nobody trusts (cert.pem), its key (key.pem) and the CA (ca.pem).
     */
    private static Path certificateOfACa(Path folder) throws Exception {
        String request = folder.resolve("request").toString();
        String issued = folder.resolve("issued").toString();
        keytool(folder, "ca", "-genkeypair", "-keyalg", "EC", "-dname", "CN=ca", "-ext", "bc:c");
        keytool(folder, "a", "-genkeypair", "-keyalg", "EC", "-dname", "CN=gateway");
        keytool(folder, "a", "-certreq", "-file", request);
        keytool(folder, "ca", "-gencert", "-infile", request, "-outfile", issued, "-ext", "san=ip:127.0.0.1");
        keytool(folder, "a", "-importcert", "-file", issued, "-noprompt");
        KeyStore keys = KeyStore.getInstance(folder.resolve("store.p12").toFile(), "secret".toCharArray());
        pem(
                folder.resolve("key.pem"),
                "PRIVATE KEY",
                keys.getKey("a", "secret".toCharArray()).getEncoded());
        pem(folder.resolve("ca.pem"), "CERTIFICATE", keys.getCertificate("ca").getEncoded());
        return pem(
                folder.resolve("cert.pem"),
                "CERTIFICATE",
                keys.getCertificate("a").getEncoded());
    }

    @Test
    void stats_ofACertificateOfOnesOwnCa_needTheOptionThatNamesIt(@TempDir Path folder) throws Exception {
        Path certificate = certificateOfACa(folder);
        String ca = folder.resolve("ca.pem").toString();
        try (Gateway gateway = Gateway.start(new GatewayConfigLoader(1 << 30, name -> null)
                .upstream("http://127.0.0.1:" + freePort() + "/mcp")
                .set("http.listen=127.0.0.1:0")
                .set("admin.listen=127.0.0.1:0")
                .set("admin.tls_certificate=" + certificate)
                .set("admin.tls_key=" + folder.resolve("key.pem"))
                .load())) {
            int port = gateway.admin().port();
            String url = "https://127.0.0.1:" + port;

            assertThat(run("stats", "--admin", url, "--admin-ca", ca)).isZero();
            assertThat(run("status", "--admin", String.valueOf(port), "--admin-ca", ca))
                    .as("a port alone, by TLS")
                    .isEqualTo(1);
            assertThat(run("limits", "get", "max_messages", "--admin", "127.0.0.1:" + port, "--admin-ca", ca))
                    .isZero();
            assertThat(err.toString()).isEmpty();
            assertThat(out.toString()).contains("offered", "gateway   not ready", "queue_limits.max_messages");

            assertThat(run("stats", "--admin", url)).isEqualTo(1);
            assertThat(lastError())
                    .startsWith("weir: TLS with 127.0.0.1:" + port + " failed: ")
                    .endsWith("; --admin-ca FILE names its CA, if the JDK does not trust that");
            certificate(Files.createDirectory(folder.resolve("other")));
            String other = folder.resolve("other/cert.pem").toString();
            assertThat(run("stats", "--admin", url, "--admin-ca", other)).isEqualTo(1);
            assertThat(lastError())
                    .endsWith("; " + other + " must hold its CA, which is that of admin.tls_certificate");
            assertThat(run("stats", "--admin", "https://localhost:" + port, "--admin-ca", ca))
                    .isEqualTo(1);
            assertThat(lastError()).endsWith("; --admin https://NAME:PORT needs a name that the certificate is for");
        }
    }

    @Test
    void stats_ofAPortThatRequiresACertificate_needTheOptionsThatNameOne(@TempDir Path folder) throws Exception {
        String certificate = certificateOfACa(folder).toString();
        String key = folder.resolve("key.pem").toString();
        String ca = folder.resolve("ca.pem").toString();
        Path others = Files.createDirectory(folder.resolve("other"));
        String other = certificate(others).toString();
        String otherKey = others.resolve("key.pem").toString();
        try (Gateway gateway = Gateway.start(new GatewayConfigLoader(1 << 30, name -> null)
                .upstream("http://127.0.0.1:" + freePort() + "/mcp")
                .set("http.listen=127.0.0.1:0")
                .set("admin.listen=127.0.0.1:0")
                .set("admin.tls_certificate=" + certificate)
                .set("admin.tls_key=" + key)
                .set("admin.tls_client_ca=" + ca)
                .load())) {
            String port = String.valueOf(gateway.admin().port());
            String[] none = {"stats", "--admin", port, "--admin-ca", ca};

            assertThat(run(with(none, "--admin-cert", certificate, "--admin-key", key)))
                    .isZero();
            assertThat(err.toString()).isEmpty();

            Path both = Files.writeString(
                    folder.resolve("both.pem"),
                    Files.readString(Path.of(key)) + Files.readString(Path.of(certificate)));
            assertThat(run(with(none, "--admin-cert", both.toString(), "--admin-key", both.toString())))
                    .as("key and certificate in one file")
                    .isZero();

            assertThat(run(none)).isEqualTo(1);
            assertThat(lastError())
                    .endsWith("; admin.tls_client_ca of the gateway requires a certificate of its clients;"
                            + " name one with --admin-cert FILE --admin-key FILE");
            assertThat(run(with(none, "--admin-cert", other, "--admin-key", otherKey)))
                    .isEqualTo(1);
            assertThat(lastError()).endsWith("; " + other + " must be of a CA in admin.tls_client_ca of the gateway");
            assertThat(run(with(none, "--admin-cert", certificate))).isEqualTo(2);
            assertThat(lastError()).isEqualTo("weir: --admin-cert and --admin-key are given together, or neither");
            assertThat(run(with(none, "--admin-cert", certificate, "--admin-key", otherKey)))
                    .isEqualTo(2);
            assertThat(lastError())
                    .startsWith("weir: --admin-key: " + otherKey + ": this key does not belong to the certificate");
        }
    }

    private static String[] with(String[] words, String... more) {
        return Stream.concat(Stream.of(words), Stream.of(more)).toArray(String[]::new);
    }

    private String lastError() {
        String last = err.toString().strip();
        err.getBuffer().setLength(0);
        return last;
    }

    @Test
    void stats_withACaThatCannotBeUsed_exits2AndSaysWhy(@TempDir Path folder) throws Exception {
        Path none = folder.resolve("none.pem");
        assertThat(run("stats", "--admin-ca", none.toString())).isEqualTo(2);
        assertThat(lastError()).isEqualTo("weir: --admin-ca: " + none + ": there is no such file");
        assertThat(run("stats", "--admin-ca", "/dev/zero")).isEqualTo(2);
        assertThat(lastError()).isEqualTo("weir: --admin-ca: /dev/zero: is no regular file; name a PEM file");
        Path text = Files.writeString(folder.resolve("text.pem"), "text");
        assertThat(run("stats", "--admin-ca", text.toString())).isEqualTo(2);
        assertThat(lastError()).startsWith("weir: --admin-ca: " + text + ": has no certificate in PEM");
        assertThat(run("stats", "--admin", "http://127.0.0.1:9090", "--admin-ca", text.toString()))
                .isEqualTo(2);
        assertThat(lastError()).isEqualTo("weir: --admin-ca needs TLS; write --admin https://HOST:PORT");
    }

    @Test
    void stats_overTlsOfAPortWithoutIt_saysHowToWriteIt() throws Exception {
        try (Gateway gateway = Gateway.start(new GatewayConfigLoader(1 << 30, name -> null)
                .upstream("http://127.0.0.1:" + freePort() + "/mcp")
                .set("http.listen=127.0.0.1:0")
                .set("admin.listen=127.0.0.1:0")
                .load())) {
            String where = gateway.admin().toString();

            assertThat(run("stats", "--admin", "https://" + where)).isEqualTo(1);
            assertThat(err.toString())
                    .isEqualTo("weir: " + where + " does not speak TLS; write --admin " + where + ", without https://"
                            + System.lineSeparator());
        }
    }

    @Test
    void stats_ofNoAddress_exits2() {
        assertThat(run("stats", "--admin", "a b")).isEqualTo(2);
        assertThat(err.toString()).contains("--admin must be HOST:PORT, or a port alone, but is 'a b'");
    }
}
