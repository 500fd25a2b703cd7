package io.weir.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.weir.core.config.ConfigKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class SettingsTest {
    @TempDir
    Path directory;

    private static GatewayConfigLoader loader() {
        return new GatewayConfigLoader(8L << 30, name -> null).withoutUpstream();
    }

    private Path file(String yaml) throws IOException {
        return Files.writeString(directory.resolve("weir.yaml"), yaml);
    }

    private static List<String> problems(GatewayConfigLoader loader) {
        ConfigException e = catchThrowableOfType(ConfigException.class, loader::load);
        return e == null ? List.of() : e.problems();
    }

    static List<String> everyKey() {
        List<String> keys = new ArrayList<>();
        Keys.SECTIONS.forEach(section -> Keys.names(section).forEach(key -> keys.add(section + "." + key)));
        // It permits what another key says, and is not part of what comes of it: see TlsSettingsTest.
        keys.removeIf(key -> key.endsWith(".allow_plaintext"));
        return keys;
    }

    private static String validValue(String path) {
        return switch (path) {
            case "http.listen", "admin.listen", "tcp.listen" -> "[::1]:7";
            case "tcp.upstream" -> "second";
            case "tcp.reuse_port", "edge.notify_backpressure" -> "true";
            case "tcp.tls_certificate", "tcp.tls_key", "tcp.tls_client_ca" -> "/etc/other.pem";
            case "http.allowed_origins", "http.allowed_hosts", "admin.allowed_hosts" -> "a, b";
            case "tenants.header", "tenants.proxy_header" -> "X-Tenant";
            case "tenants.jwt_jwks_file" -> "/etc/jwks.json";
            case "tenants.jwt_jwks_url" -> "https://issuer.example/jwks";
            case "tenants.jwt_issuer" -> "https://other.example";
            case "tenants.jwt_audience", "tenants.jwt_scopes", "tenants.jwt_authorization_servers" -> "a, b";
            case "tenants.jwt_algorithms" -> "ES256, PS512";
            case "tenants.jwt_claim" -> "org";
            case "tenants.certificate", "tenants.forward_credentials" -> "true";
            case "tenants.api_keys_file", "admin.token_file", "decision_log.file", "access_log.file" -> "/etc/keys";
            case "refusal.http_status" -> "429";
            case "refusal.code" -> "-32023";
            case "queue_limits.backpressure_action" -> "drop";
            case "queue_limits.drop_silently" -> "true";
            case "queue_limits.enable_tenant_limits", "backpressure.adaptive_enabled" -> "false";
            case "backpressure.rate_reduction_percent", "backpressure.queue_depth_threshold_percent" -> "33";
            case "backpressure.burst_multiplier" -> "3.5";
            case "edge.max_streams_per_session", "edge.ipv6_prefix_length", "decision_log.files", "access_log.files" ->
                "33";
            case "http.tls_certificate", "http.tls_key", "http.tls_client_ca" -> "/etc/other.pem";
            case "admin.tls_certificate", "admin.tls_key", "admin.tls_client_ca" -> "/etc/other.pem";
            case "http.trusted_proxies" -> "10.0.0.0/8, ::1";
            case "http.proxy_protocol", "tcp.proxy_protocol" -> "true";
            case "http.public_url" -> "https://mcp.example.com";
            case "decision_log.max_bytes", "access_log.max_bytes" -> "4_096";
            case "metrics.top_connections" -> "33";
            case "metrics.max_tenants" -> "333";
            case "metrics.otlp_url", "tracing.otlp_url" -> "http://127.0.0.1:4318/v1/x";
            case "tracing.sample_ratio" -> "0.25";
            case "metrics.otlp_headers", "tracing.otlp_headers" -> "Authorization=Bearer x,X-Scope=a";
            default -> "3_333";
        };
    }

    @ParameterizedTest
    @MethodSource("everyKey")
    void set_everyKey_changesTheConfigurationAsTheFileDoes(String path) throws Exception {
        String value = validValue(path);
        int dot = path.indexOf('.');

        List<String> needed = needed(path);

        GatewayConfig set = with(loader(), needed).set(path + "=" + value).load();

        assertThat(set).isNotEqualTo(with(loader(), needed).load());
        String yaml = path.substring(0, dot) + ":\n  " + path.substring(dot + 1) + ": \"" + value + "\"\n";
        List<String> others =
                needed.stream().filter(each -> !each.startsWith(path + "=")).toList();
        assertThat(with(loader().file(file(yaml)), others).load()).isEqualTo(set);
    }

    /** What a key needs beside it. */
    private static List<String> needed(String path) {
        String section = path.substring(0, path.indexOf('.'));
        if (section.equals("tcp") && path.contains(".tls_")) {
            return List.of("tcp.listen=127.0.0.1:1", "tcp.tls_certificate=/etc/c.pem", "tcp.tls_key=/etc/k.pem");
        } else if (path.equals("tcp.proxy_protocol")) {
            return List.of("tcp.listen=127.0.0.1:1", "http.trusted_proxies=10.0.0.1");
        } else if (section.equals("tcp") && !path.equals("tcp.listen")) {
            return List.of("tcp.listen=127.0.0.1:1");
        } else if (path.contains(".jwt_")) {
            String keys = path.equals("tenants.jwt_jwks_url") ? "url=https://one.example/" : "file=/etc/keys";
            return List.of(
                    "tenants.jwt_jwks_" + keys,
                    "tenants.jwt_issuer=https://issuer.example",
                    "tenants.jwt_audience=https://mcp");
        } else if (path.equals("tenants.certificate")) {
            return List.of(
                    "http.tls_certificate=/etc/c.pem", "http.tls_key=/etc/k.pem", "http.tls_client_ca=/etc/a.pem");
        } else if (path.equals("tenants.proxy_header")) {
            return List.of("http.trusted_proxies=10.0.0.1");
        } else if (section.equals("decision_log")) {
            return List.of("decision_log.file=log");
        } else if (section.equals("access_log")) {
            return List.of("access_log.file=log");
        } else if (section.equals("tracing")) {
            return List.of("tracing.otlp_url=http://127.0.0.1:1/");
        } else if (path.startsWith("metrics.otlp_")) {
            return List.of("metrics.otlp_url=http://127.0.0.1:1/");
        } else if (path.contains(".tls_")) {
            return List.of(section + ".tls_certificate=/etc/c.pem", section + ".tls_key=/etc/k.pem");
        }
        return List.of(path.equals("http.proxy_protocol") ? "http.trusted_proxies=10.0.0.1" : "http.allowed_hosts=h");
    }

    private static GatewayConfigLoader with(GatewayConfigLoader loader, List<String> settings) {
        settings.forEach(loader::set);
        return loader;
    }

    @Test
    void publicUrl_losesItsLastSlash_andHasNoQuery() throws Exception {
        assertThat(loader().set("http.public_url=https://h/weir/").load().publicUrl())
                .contains("https://h/weir");
        assertThatThrownBy(() -> loader().set("http.public_url=https://h/?a=b").load())
                .hasMessageContaining("public_url")
                .hasMessageContaining("must have no query");
    }

    @Test
    void everyKey_knowsAllOfTheCore() {
        assertThat(everyKey())
                .containsAll(Arrays.stream(ConfigKey.values())
                        .map(key -> key.section() + "." + key.key())
                        .toList())
                .doesNotHaveDuplicates();
    }

    @Test
    void load_precedence_isProfileThenFileThenSettingsThenLaterSettings() throws Exception {
        Path file = file("profile: staging\nqueue_limits:\n  max_messages: 7\nhttp:\n  listen: :1\n");

        GatewayConfig config = loader().file(file).load();
        assertThat(config.profile()).isEqualTo("staging");
        assertThat(config.limits().queueLimits().maxMessages()).isEqualTo(7);
        assertThat(config.limits().queueLimits().tenantMaxMessages()).isEqualTo(70);
        assertThat(config.limits().queueLimits().maxBytes()).isEqualTo(100_000_000L);

        config = loader().file(file)
                .profile("development")
                .set("queue_limits.max_messages=8")
                .load();
        assertThat(config.profile()).isEqualTo("development");
        assertThat(config.limits().queueLimits().maxMessages()).isEqualTo(8);
        assertThat(config.limits().queueLimits().maxBytes()).isEqualTo(500_000_000L);

        config = loader().file(file)
                .set("http.listen=:2")
                .set("http.listen=h:3")
                .set("http.allow_plaintext=true")
                .load();
        assertThat(config.http()).isEqualTo(new HostPort("h", 3));
        assertThat(loader().file(file).load().http()).isEqualTo(new HostPort("127.0.0.1", 1));
    }

    @Test
    void load_unknownProfile_namesThose() {
        assertThat(problems(loader().profile("prod")))
                .containsExactly("--profile: there is no profile 'prod';"
                        + " there are development, staging, production and high_throughput");
    }

    @ParameterizedTest
    @CsvSource(delimiterString = " => ", quoteCharacter = '`', textBlock = """
            max_messages => must be section.key=value, such as queue_limits.max_messages=50
            queue_limits.max_messages => must be section.key=value, such as queue_limits.max_messages=50
            x.max_messages => unknown section 'x'; there are http, tcp, admin, refusal, tenants, edge, queue_limits, backpressure, decision_log, access_log, metrics, tracing
            queue_limits.max_byte => queue_limits.max_byte: unknown key (did you mean max_bytes?)
            edge.max_bytes => edge.max_bytes: belongs to section queue_limits
            queue_limits.max_bytes=50MB => max_bytes: must be a number of bytes, or one with its unit such as 64KiB or 2MiB, but is '50MB'
            queue_limits.max_bytes=1099511627775 => max_bytes: must be from 0 to 1099511627774, but is 1099511627775
            backpressure.max_messages_per_sec=0 => max_messages_per_sec: must be from 1 to 1000000, but is 0
            queue_limits.idle_timeout_ms=0 => idle_timeout_ms: must be from 1 to 31536000000, but is 0
            """)
    void set_wrong_saysWhat(String setting, String problem) {
        String whole = setting.contains("=") || setting.equals("queue_limits.max_messages") ? setting : setting + "=5";
        assertThat(problems(loader().set(whole))).containsExactly("--set " + setting + ": " + problem);
    }

    @ParameterizedTest
    @CsvSource({
        "-31429,true",
        "-32023,true",
        "-32769,true",
        "-31999,true",
        "0,true",
        "-32768,false",
        "-32000,false",
        "-32022,false"
    })
    void set_refusalCode_isOutsideTheReservedOnes(String code, boolean valid) {
        assertThat(problems(loader().set("refusal.code=" + code)).isEmpty()).isEqualTo(valid);
    }

    @ParameterizedTest
    @CsvSource({"200,true", "429,true", "503,false", "0200,false", "'',false"})
    void set_refusalStatus_is200Or429(String status, boolean valid) {
        assertThat(problems(loader().set("refusal.http_status=" + status)).isEmpty())
                .isEqualTo(valid);
    }

    @Test
    void load_withoutUpstream_saysHowToNameOne() {
        assertThat(problems(new GatewayConfigLoader(1 << 30, name -> null)))
                .containsExactly(
                        "no upstream configured: name an MCP server with --upstream URL, or start one with -- COMMAND");
    }

    @Test
    void upstream_withAndWithoutName_replacesOneOfTheSameName() throws Exception {
        GatewayConfig config = loader().file(file("upstreams:\n  a: http://old/\n"))
                .upstream("http://h/?x=y")
                .upstream("a=http://new/")
                .load();

        assertThat(config.upstreams())
                .extracting(u -> u.name() + " " + u.http().orElseThrow().url())
                .containsExactly("a http://new/", "default http://h/?x=y");
        assertThat(config.upstreams().get(0).http().orElseThrow().connectTimeout())
                .isEqualTo(Duration.ofSeconds(5));
        assertThat(config.upstreams().get(0).requestTimeout()).isEqualTo(Duration.ofMinutes(5));
    }

    @ParameterizedTest
    @CsvSource({"h:80,h,80", ":0,127.0.0.1,0", "[::1]:65535,::1,65535", "1.2.3.4:5,1.2.3.4,5"})
    void parse_address_isHostAndPort(String text, String host, int port) {
        assertThat(HostPort.parse(text)).isEqualTo(new HostPort(host, port));
        assertThat(HostPort.parse(HostPort.parse(text).toString())).isEqualTo(new HostPort(host, port));
    }

    @ParameterizedTest
    @CsvSource({"h", "''", "h:", "h:x", "h:-1", "h:65536", "::1:80", "h:8 0"})
    void parse_noAddress_isRefused(String text) {
        assertThat(problems(loader().set("http.listen=" + text)))
                .containsExactly("--set http.listen=" + text + ": listen: '" + text
                        + "' is not HOST:PORT or a port, such as 127.0.0.1:8080 or 8080");
    }

    @ParameterizedTest
    @CsvSource({"max_mesages,max_messages", "max_massage,max_messages", "maxbytes,max_bytes", "max_bytes,max_bytes"})
    void nearest_typingMistake_isFound(String word, String meant) {
        assertThat(Suggestions.to(word, List.of("max_bytes", "max_messages"))).contains(meant);
    }

    @Test
    void nearest_farOff_isNone() {
        assertThat(Suggestions.to("zebra", List.of("max_bytes", "max_messages")))
                .isEmpty();
        assertThat(Suggestions.distance("kitten", "sitting")).isEqualTo(3);
    }

    @Test
    void load_unknownProfile_doesNotHideOtherProblems() throws Exception {
        Path file = file("profile: prod\nqueue_limits:\n  max_mesages: 7\n  max_bytes: 99999999999999\n");

        assertThat(problems(loader().file(file)))
                .containsExactly(
                        file + ":1:10: profile: there is no profile 'prod'; there are development, staging, production"
                                + " and high_throughput",
                        file + ":3:3: queue_limits.max_mesages: unknown key (did you mean max_messages?)",
                        file + ":4:14: queue_limits.max_bytes: must be from 0 to 1099511627774, but is 99999999999999");
    }

    @Test
    void load_relativePaths_areBesideTheFile() throws Exception {
        GatewayConfig config = loader().file(file("tenants:\n  api_keys_file: keys\ndecision_log: {file: log/d}\n"))
                .load();

        assertThat(config.apiKeys()).contains(directory.resolve("keys"));
        assertThat(config.decisionLog().orElseThrow().file()).isEqualTo(directory.resolve("log/d"));
        assertThat(loader().set("tenants.api_keys_file=keys").load().apiKeys()).contains(Path.of("keys"));
    }

    @Test
    void flag_wrong_citesWhatWasTyped() throws Exception {
        assertThat(problems(loader().flag("--http", "http", "listen", "80a")))
                .containsExactly("--http 80a: '80a' is not HOST:PORT or a port, such as 127.0.0.1:8080 or 8080");
        assertThat(loader().flag("--http", "http", "listen", "8081").load().http())
                .isEqualTo(new HostPort("127.0.0.1", 8081));
        assertThat(loader().flag("--http", "http", "listen", ":8081").load().http())
                .isEqualTo(new HostPort("127.0.0.1", 8081));
    }

    @Test
    void problems_controlCharacters_areEscaped() {
        assertThat(problems(loader().set("queue_limits.max_messages=\u001b[2J")))
                .singleElement()
                .asString()
                .contains("\\u001b[2J")
                .doesNotContain("\u001b");
    }

    @Test
    void load_moreMemoryThanThereIs_isANoteWhereTheFileIsOnlyChecked() throws Exception {
        GatewayConfigLoader loader = loader().withoutMemory().set("queue_limits.global_max_bytes=512GiB");

        loader.load();

        assertThat(loader.notes()).singleElement().asString().contains("of heap");
        assertThat(problems(loader().set("queue_limits.global_max_bytes=512GiB")))
                .isNotEmpty();
    }
}
