package io.weir.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TlsSettingsTest {
    @TempDir
    Path folder;

    private static GatewayConfigLoader loader(String... settings) {
        GatewayConfigLoader loader = new GatewayConfigLoader(1L << 30, name -> null).upstream("http://127.0.0.1:9/mcp");
        List.of(settings).forEach(loader::set);
        return loader;
    }

    private static List<String> problems(GatewayConfigLoader loader) {
        ConfigException e = catchThrowableOfType(ConfigException.class, loader::load);
        return e == null ? List.of() : e.problems();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0:8443", "[::]:8443", "192.0.2.1:8443", "gw.example:8443", "127.example:8443"})
    void listen_beyondLoopbackInPlainText_needsPermission(String address) {
        for (String section : List.of("http", "tcp", "admin")) {
            String listen = section + ".listen=" + address;

            assertThat(problems(loader(listen)))
                    .singleElement()
                    .asString()
                    .startsWith(section + ".listen: is " + address + ", which is not loopback, and there is no TLS")
                    .contains(section + ".tls_certificate", section + ".tls_key", section + ".allow_plaintext=true");
            assertThat(problems(loader(listen, section + ".allow_plaintext=true")))
                    .isEmpty();
            assertThat(problems(loader(listen, section + ".tls_certificate=c", section + ".tls_key=k")))
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"127.0.0.1:8080", "127.9.9.9:8080", "[::1]:8080", "[0:0:0:0:0:0:0:1]:8080", "LOCALHOST:8080"})
    void listen_onLoopback_needsNothing(String address) {
        assertThat(problems(loader("http.listen=" + address))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "http.tls_certificate, http.tls_key: is missing: http.tls_certificate needs it",
        "admin.tls_key, admin.tls_certificate: is missing: admin.tls_key needs it",
        "http.tls_client_ca, http.tls_certificate: is missing: http.tls_client_ca needs it"
    })
    void tls_inPart_namesWhatIsMissing(String key, String problem) {
        assertThat(problems(loader(key + "=file"))).containsExactly(problem);
    }

    @Test
    void file_paths_areBesideIt() throws Exception {
        Path file = Files.writeString(folder.resolve("weir.yaml"), """
                http: {tls_certificate: c.pem, tls_key: /abs/k.pem, tls_client_ca: ca.pem}
                upstreams:
                  a: {url: "https://h/mcp", tls_ca: tls/ca.pem, tls_certificate: c.pem, tls_key: k.pem, tls_server_name: s}
                """);

        GatewayConfig config =
                new GatewayConfigLoader(1L << 30, name -> null).file(file).load();

        assertThat(config.tls().http())
                .contains(new ServerTls(
                        folder.resolve("c.pem"), Path.of("/abs/k.pem"), Optional.of(folder.resolve("ca.pem"))));
        assertThat(config.tls().admin()).isEmpty();
        assertThat(config.upstreams().get(0).http().orElseThrow().tls())
                .isEqualTo(new UpstreamTls(
                        Optional.of(folder.resolve("tls/ca.pem")),
                        Optional.of(folder.resolve("c.pem")),
                        Optional.of(folder.resolve("k.pem")),
                        Optional.of("s")));
    }

    @ParameterizedTest
    @CsvSource({
        "http://h/mcp, tls_ca=f, 'upstreams.a.url: must be an https URL'",
        "https://h/mcp, tls_certificate=f, 'upstreams.a.tls_key: is missing: upstreams.a.tls_certificate needs it'",
        "https://h/mcp, tls_key=f, 'upstreams.a.tls_certificate: is missing'",
        "https://h/mcp, tls_server_name=10.0.0.1, 'tls_server_name: must be the name of a host'",
        "https://h/mcp, tls_server_name=a b, 'tls_server_name: must be the name of a host'"
    })
    void upstream_settingsThatDoNotFit_areAProblem(String url, String setting, String problem) {
        GatewayConfigLoader loader = new GatewayConfigLoader(1L << 30, name -> null)
                .upstream("a=" + url)
                .set("upstreams.a." + setting);

        assertThat(problems(loader)).singleElement().asString().contains(problem);
    }

    @Test
    void tcp_needsAnUpstreamByName_andAnAddressOfItsOwn() {
        String listen = "tcp.listen=127.0.0.1:9999";

        assertThat(problems(loader(listen))).isEmpty();
        assertThat(problems(loader(listen).upstream("second=http://127.0.0.1:9/mcp")))
                .singleElement()
                .asString()
                .startsWith("tcp.upstream: is missing")
                .contains("default, second");
        assertThat(problems(loader(listen, "tcp.upstream=second").upstream("second=http://127.0.0.1:9/mcp")))
                .isEmpty();
        assertThat(problems(loader(listen, "tcp.upstream=third")))
                .singleElement()
                .asString()
                .contains("there is no upstream 'third'");
        assertThat(problems(loader("tcp.listen=127.0.0.1:8080")))
                .singleElement()
                .asString()
                .contains("where http.listen listens too");
    }
}
