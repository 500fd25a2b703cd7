package io.weir.gateway;

import static io.weir.gateway.TestTokens.EC;
import static io.weir.gateway.TestTokens.RSA;
import static org.assertj.core.api.Assertions.assertThat;

import io.weir.gateway.tls.TestCa;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What /stats says of files besides the configuration that a running gateway follows. */
class FollowedFilesTest {
    @TempDir
    Path folder;

    private static RawServer server() throws Exception {
        return new RawServer((socket, number) -> RawServer.serveAll(socket));
    }

    /** What /stats says of the files of that name, without the time. */
    private static String state(GatewayHarness rig, String name) {
        String stats = rig.stats();
        int at = stats.indexOf("{\"name\":\"" + name + "\"");
        return at < 0
                ? "none"
                : stats.substring(at, stats.indexOf('}', at) + 1).replaceFirst("\"at\":\"[^\"]+Z\",", "");
    }

    private static String applied(String name, Object... files) {
        return "{\"name\":\"" + name + "\",\"files\":[\""
                + String.join(
                        "\",\"", Arrays.stream(files).map(Object::toString).toList())
                + "\"],\"state\":\"applied\",\"problems\":[]}";
    }

    @Test
    void apiKeys_thatCannotBeUsed_areRejectedThere_untilTheFileIsMended() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.keyed(server, folder)) {
            Path keys = folder.resolve("keys");
            String good = Files.readString(keys);
            String applied = applied("tenants.api_keys_file", keys);
            assertThat(state(rig, "tenants.api_keys_file")).isEqualTo(applied);

            Files.writeString(keys, good + "acme:sha256:f00\n");
            rig.gateway.reload();
            assertThat(state(rig, "tenants.api_keys_file"))
                    .contains("\"state\":\"rejected\",\"problems\":[\"" + keys + ":4: a sha256 hash is 64 ");

            Files.delete(keys);
            rig.gateway.reload();
            assertThat(state(rig, "tenants.api_keys_file"))
                    .contains("\"problems\":[\"" + keys + " cannot be read: there is no such file\"]");

            Files.writeString(keys, good);
            rig.gateway.reload();
            assertThat(state(rig, "tenants.api_keys_file")).isEqualTo(applied);
        }
    }

    @Test
    void keysOfTokens_thatCannotBeUsed_areRejectedThere_untilTheFileIsMended() throws Exception {
        Path jwks = TestTokens.file(folder, RSA);
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.start(server.url().toString(), TestTokens.settings(jwks))) {
            Files.writeString(jwks, "{}");
            rig.gateway.reload();
            assertThat(state(rig, "tenants.jwt_jwks_file"))
                    .contains("\"state\":\"rejected\",\"problems\":[\"" + jwks + ": ");

            Files.writeString(jwks, TestTokens.jwks(EC));
            rig.gateway.reload();
            assertThat(state(rig, "tenants.jwt_jwks_file")).isEqualTo(applied("tenants.jwt_jwks_file", jwks));
        }
    }

    @Test
    void filesOfTls_thatCannotBeUsed_areRejectedThere_whenThatIsFoundTwice_untilTheyAreMended() throws Exception {
        TestCa ca = new TestCa("ca");
        Path certificate = ca.issue("127.0.0.1").write(folder, "tcp");
        Path key = TestCa.Issued.key(folder, "tcp");
        String good = Files.readString(key);
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.start(
                        server.url().toString(),
                        "tcp.listen=127.0.0.1:0",
                        "tcp.tls_certificate=" + certificate,
                        "tcp.tls_key=" + key)) {
            String applied = applied("tcp.tls", certificate, key);
            assertThat(state(rig, "tcp.tls")).isEqualTo(applied);
            assertThat(state(rig, "http.tls")).isEqualTo("none");

            Files.writeString(key, "no key");
            rig.gateway.reload();
            rig.gateway.reload();
            assertThat(state(rig, "tcp.tls"))
                    .contains("\"state\":\"rejected\",\"problems\":[\"tcp.tls_key: " + key + ": ");

            Files.writeString(key, good);
            rig.gateway.reload();
            assertThat(state(rig, "tcp.tls")).isEqualTo(applied);
        }
    }

    @Test
    void adminToken_thatCannotBeUsed_isRejectedThere_untilTheFileIsMended() throws Exception {
        try (RawServer server = server();
                GatewayHarness rig = GatewayHarness.live(
                        Files.writeString(folder.resolve("weir.yaml"), "upstreams: {a: \"" + server.url() + "\"}\n"))) {
            Path token = folder.resolve("admin-token");
            String good = Files.readString(token);
            Files.writeString(token, "short");
            rig.gateway.reload();
            assertThat(state(rig, "admin.token_file"))
                    .contains("\"state\":\"rejected\",\"problems\":[\"the admin token " + token + ": must be 32 ");

            Files.writeString(token, good);
            rig.gateway.reload();
            assertThat(state(rig, "admin.token_file")).isEqualTo(applied("admin.token_file", token));
        }
    }
}
