package io.weir.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.MultiMap;
import io.weir.config.AddressBlock;
import io.weir.config.ConfigException;
import io.weir.config.GatewayConfigLoader;
import io.weir.config.ProxyConfig;
import java.net.InetAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClientAddressesTest {
    private static ProxyConfig proxies(String trusted) throws Exception {
        return new GatewayConfigLoader(1 << 30, name -> null)
                .withoutUpstream()
                .set("http.trusted_proxies=" + trusted)
                .load()
                .proxies();
    }

    private static InetAddress address(String text) {
        return Objects.requireNonNull(AddressBlock.address(text));
    }

    private static @Nullable String found(MultiMap headers) throws Exception {
        ClientAddresses addresses = new ClientAddresses(proxies("10.0.0.0/8, 2001:db8:ffff::/48"), 64);
        InetAddress client = addresses.forwarded(address("10.0.0.1"), headers);
        return client == null ? null : client.getHostAddress();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            1.2.3.4                          | 1.2.3.4
            6.6.6.6, 1.2.3.4                 | 1.2.3.4
            1.2.3.4, 10.1.1.1                | 1.2.3.4
            6.6.6.6, 1.2.3.4, 10.1.1.1       | 1.2.3.4
            10.9.9.9, 10.1.1.1               | 10.9.9.9
            1.2.3.4:5678                     | 1.2.3.4
            [2001:db8::7]:80                 | 2001:db8:0:0:0:0:0:7
            2001:db8::7                      | 2001:db8:0:0:0:0:0:7
            2001:db8::7, 2001:db8:ffff::1    | 2001:db8:0:0:0:0:0:7
            ::ffff:1.2.3.4                   | 1.2.3.4
            1.2.3.4, unknown                 | 10.0.0.1
            1.2.3.4, unknown, 10.1.1.1       | 10.1.1.1
            localhost                        | 10.0.0.1
            1.2.3                            | 10.0.0.1
            1.2.3.456                        | 10.0.0.1
            """)
    void forwarded_walksFromTheRightAsFarAsProxiesAreTrusted(String header, String client) throws Exception {
        assertThat(found(MultiMap.caseInsensitiveMultiMap().add("X-Forwarded-For", header)))
                .isEqualTo(client);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            for=1.2.3.4                              | 1.2.3.4
            For="[2001:db8::7]:80";proto=https       | 2001:db8:0:0:0:0:0:7
            for=6.6.6.6, proto=http; for=1.2.3.4     | 1.2.3.4
            for=1.2.3.4, for=_hidden                 | 10.0.0.1
            for=1.2.3.4, by=10.0.0.9                 | 10.0.0.1
            """)
    void forwarded_readsTheStandardHeaderAsWell(String header, String client) throws Exception {
        assertThat(found(MultiMap.caseInsensitiveMultiMap().add("Forwarded", header)))
                .isEqualTo(client);
    }

    @Test
    void forwarded_overSeveralLines_isOneList() throws Exception {
        assertThat(found(MultiMap.caseInsensitiveMultiMap()
                        .add("X-Forwarded-For", "1.2.3.4")
                        .add("X-Forwarded-For", "10.1.1.1")))
                .isEqualTo("1.2.3.4");
    }

    @Test
    void forwarded_whereTheTwoHeadersDisagree_isNobody() throws Exception {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap().add("X-Forwarded-For", "1.2.3.4");
        assertThat(found(headers.add("Forwarded", "for=1.2.3.4"))).isEqualTo("1.2.3.4");

        assertThat(found(headers.set("Forwarded", "for=6.6.6.6"))).isNull();
    }

    @Test
    void forwarded_withoutAHeader_isTheProxyItself() throws Exception {
        assertThat(found(MultiMap.caseInsensitiveMultiMap())).isEqualTo("10.0.0.1");
    }

    @Test
    void key_ofIpv6_isItsNetwork() throws Exception {
        ClientAddresses addresses = new ClientAddresses(ProxyConfig.NONE, 56);

        assertThat(addresses.key(address("2001:db8:1:2ff:3:4:5:6"))).isEqualTo("2001:db8:1:200:0:0:0:0");
        assertThat(addresses.key(address("1.2.3.4"))).isEqualTo("1.2.3.4");
        assertThat(addresses.isTrusted(address("1.2.3.4"))).isFalse();
    }

    @Test
    void replaceClaims_ofAClient_leavesNothingThatItSaid() {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap()
                .add("X-Forwarded-For", "6.6.6.6")
                .add("X-Real-IP", "6.6.6.6")
                .add("X-Forwarded-Proto", "https")
                .add("X-Forwarded-Host", "h")
                .add("X-Forwarded-Port", "1")
                .add("X-Forwarded-Prefix", "/p")
                .add("Forwarded", "for=6.6.6.6");

        ClientAddresses.replaceClaims(headers, "1.2.3.4", false);

        assertThat(headers.entries()).hasSize(1);
        assertThat(headers.getAll("x-forwarded-for")).containsExactly("1.2.3.4");
    }

    @Test
    void replaceClaims_ofATrustedProxy_leavesWhatItSaid_butTheAddress() {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap()
                .add("X-Forwarded-For", "6.6.6.6, 1.2.3.4")
                .add("X-Real-IP", "1.2.3.4")
                .add("X-Forwarded-Proto", "https")
                .add("X-Forwarded-Ssl", "on")
                .add("Forwarded", "for=1.2.3.4");

        ClientAddresses.replaceClaims(headers, "1.2.3.4", true);

        assertThat(headers.names())
                .containsExactlyInAnyOrder("X-Real-IP", "X-Forwarded-Proto", "X-Forwarded-Ssl", "X-Forwarded-For");
        assertThat(headers.getAll("x-forwarded-for")).containsExactly("1.2.3.4");
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0/33", "10.0.0", "example.com", "::1/129", "10.0.0.0/x", "1.2.3.4.5"})
    void trustedProxies_thatAreNoAddresses_areAnError(String block) {
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> proxies(block))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("trusted_proxies");
    }
}
