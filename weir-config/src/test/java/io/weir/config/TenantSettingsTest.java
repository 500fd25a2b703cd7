package io.weir.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weir.core.config.TenantConfig;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Section {@code tenants}: limits of single tenants, and what proves who a client is. */
class TenantSettingsTest {
    private static final Path FILE = Path.of("weir.yaml");
    private static final String[] JWT = {
        "tenants.jwt_jwks_file=/etc/jwks", "tenants.jwt_issuer=https://i", "tenants.jwt_audience=https://m"
    };

    private static GatewayConfigLoader loader(String... settings) {
        GatewayConfigLoader loader = new GatewayConfigLoader(1L << 30, name -> null).upstream("http://h/");
        for (String setting : settings) {
            loader.set(setting);
        }
        return loader;
    }

    private static GatewayConfig load(String yaml, String... settings) throws ConfigException {
        return loader(settings)
                .file(FILE)
                .load(new ConfigTexts(Map.of(FILE, yaml)), Map.of())
                .config();
    }

    @Test
    void tenants_haveTheLimitsBelowTheirNames_andSettingsGoBeforeTheFile() throws Exception {
        GatewayConfig config = load("""
                tenants:
                  api_keys_file: keys
                  acme.eu:
                    max_bytes: 2MiB
                    weight: 4
                  free: {tenant_max_messages: 20, max_messages_per_sec: 5}
                  none: {}
                """, "tenants.acme.eu.weight=9", "tenants.auth0|7.max_messages=3");

        assertThat(config.limits().tenants())
                .isEqualTo(Map.of(
                        "acme.eu", TenantConfig.COMMON.withMaxBytes(2 << 20).withWeight(9),
                        "free", TenantConfig.COMMON.withTenantMaxMessages(20).withMaxMessagesPerSec(5),
                        "auth0|7", TenantConfig.COMMON.withMaxMessages(3)));
        assertThat(config.apiKeys()).isPresent();
    }

    static Stream<Arguments> mistakes() {
        return Stream.of(
                Arguments.of(
                        "tenants:\n  acme:\n    max_mesages: 5\n",
                        "weir.yaml:3:5: tenants.acme.max_mesages: unknown key (did you mean max_messages?)"),
                Arguments.of(
                        "tenants:\n  acme:\n    weight: 101\n",
                        "weir.yaml:3:13: tenants.acme.weight: must be from 1 to 100, but is 101"),
                Arguments.of(
                        "tenants:\n  acme:\n    weight: [1]\n",
                        "weir.yaml:3:13: tenants.acme.weight: must be a single value"),
                Arguments.of(
                        "tenants:\n  a b:\n    weight: 1\n",
                        "weir.yaml:2:3: tenants.a b: a tenant's name is 1 to 128 visible ASCII characters"),
                Arguments.of(
                        "tenants:\n  acme: {weight: 1}\n  acme: {weight: 2}\n",
                        "weir.yaml:3:3: tenants.acme: duplicate key (first on line 2)"),
                Arguments.of(
                        "tenants:\n  header: {weight: 1}\n", "weir.yaml:2:11: tenants.header: must be a single value"),
                Arguments.of(
                        "tenants:\n  api_key_file: keys\n",
                        "weir.yaml:2:3: tenants.api_key_file: unknown key (did you mean api_keys_file?)"));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void mistake_isNamedWithItsPlace(String yaml, String problem) {
        assertThatThrownBy(() -> load(yaml)).isInstanceOf(ConfigException.class).hasMessage(problem);
    }

    @Test
    void tenants_beyondTheMaximum_areAProblem() {
        StringBuilder yaml = new StringBuilder("tenants:\n");
        for (int i = 0; i < 1_001; i++) {
            yaml.append("  t").append(i).append(": {weight: 2}\n");
        }
        assertThatThrownBy(() -> load(yaml.toString()))
                .hasMessageStartingWith("weir.yaml: tenants: can hold limits of 1000 tenants, but there are 1001");
    }

    @Test
    void tokens_haveTheirDefaults() throws Exception {
        JwtConfig jwt = loader(JWT).load().identity().jwt().orElseThrow();

        assertThat(jwt.algorithms()).containsExactly("RS256", "PS256", "ES256");
        assertThat(jwt.claim()).isEqualTo("sub");
        assertThat(jwt.leeway()).hasSeconds(30);
        assertThat(jwt.authorizationServers()).containsExactly("https://i");
        assertThat(loader(JWT).load().requiresCredentials()).isTrue();
        assertThat(loader().load().requiresCredentials()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "tenants.jwt_algorithms=none; must be one of RS256",
                "tenants.jwt_algorithms=RS256,HS256; there is 'HS256'",
                "tenants.jwt_algorithms=,; must be at least one",
                "tenants.jwt_audience=,; jwt_audience: is missing",
                "tenants.jwt_jwks_url=https://i/jwks; there is tenants.jwt_jwks_file as well",
                "tenants.jwt_leeway_ms=6m; must be from 0 to 300000",
            })
    void tokens_thatWouldBeUnsafe_areAProblem(String setting, String problem) {
        assertThatThrownBy(() -> loader(JWT).set(setting).load()).hasMessageContaining(problem);
    }

    @ParameterizedTest
    @CsvSource({
        "tenants.jwt_issuer=https://i,                           jwt_issuer: needs tenants.jwt_jwks_file",
        "tenants.jwt_jwks_file=/k,                               jwt_issuer: is missing",
        "tenants.jwt_jwks_url=http://issuer.example/jwks,        must be an https URL",
        "tenants.certificate=true,                               needs http.tls_client_ca",
        "tenants.proxy_header=X-T,                               needs http.trusted_proxies",
    })
    void setting_thatNeedsAnother_isAProblem(String setting, String problem) {
        assertThatThrownBy(() -> loader(setting).load()).hasMessageContaining(problem);
    }
}
