package io.weir.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.MultiMap;
import io.weir.config.GatewayConfigLoader;
import io.weir.config.HostPort;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestRulesTest {
    private static RequestRules rules(String... settings) throws Exception {
        GatewayConfigLoader loader = new GatewayConfigLoader(1 << 30, name -> null).withoutUpstream();
        for (String setting : settings) {
            loader.set(setting);
        }
        return new RequestRules(loader.load(), new HostPort("192.0.2.1", 8080));
    }

    private static int status(RequestRules rules, String... headers) {
        MultiMap map = MultiMap.caseInsensitiveMultiMap();
        for (int i = 0; i < headers.length; i += 2) {
            map.add(headers[i], headers[i + 1]);
        }
        RequestRules.Fault fault = rules.check(map);
        return fault == null ? 200 : fault.status();
    }

    @ParameterizedTest
    @CsvSource({
        "localhost,200",
        "LOCALHOST:1,200",
        "127.0.0.1:8080,200",
        "[::1]:8080,200",
        "192.0.2.1,200",
        "evil.example,403",
        "localhost:1@evil,400",
        "localhost:80:80,400",
        "[::1,400",
        "localhost.evil.example,403",
        "'',403"
    })
    void host_isLoopbackOrTheListeningAddress(String host, int status) throws Exception {
        assertThat(status(rules(), "Host", host)).isEqualTo(status);
    }

    @Test
    void host_afterOneThatWasServed_isJudgedByItself() throws Exception {
        RequestRules rules = rules();

        assertThat(status(rules, "Host", "localhost")).isEqualTo(200);
        assertThat(status(rules, "Host", "evil.example")).isEqualTo(403);
        assertThat(status(rules, "Host", "localhost")).isEqualTo(200);
        assertThat(status(rules, "Host", "localhost", "host", "localhost")).isEqualTo(400);
    }

    @Test
    void host_thatIsAllowed_isServed() throws Exception {
        assertThat(status(rules("http.allowed_hosts=a.example"), "Host", "A.example:443"))
                .isEqualTo(200);
        assertThat(status(rules("http.allowed_hosts=*"), "Host", "any.example")).isEqualTo(200);
        assertThat(status(rules("http.allowed_hosts=a.example"), "Host", "b.example"))
                .isEqualTo(403);
    }

    @ParameterizedTest
    @CsvSource({
        "http://localhost:3000,200",
        "https://127.0.0.1,200",
        "http://[::1]:5,200",
        "http://evil.example,403",
        "http://localhost.evil.example,403",
        "null,403",
        "http://a b,403"
    })
    void origin_isLoopback(String origin, int status) throws Exception {
        assertThat(status(rules(), "Host", "localhost", "Origin", origin)).isEqualTo(status);
    }

    @Test
    void origin_thatIsAllowed_isServed() throws Exception {
        RequestRules rules = rules("http.allowed_origins=https://a.example");
        assertThat(status(rules, "Origin", "https://a.example")).isEqualTo(200);
        assertThat(status(rules, "Origin", "http://a.example")).isEqualTo(403);
        assertThat(status(rules("http.allowed_origins=*"), "Origin", "null")).isEqualTo(200);
    }

    @Test
    void twoOfAHeader_areRefused() throws Exception {
        assertThat(status(rules(), "Host", "localhost", "Host", "localhost")).isEqualTo(400);
        assertThat(status(rules(), "Origin", "http://localhost", "Origin", "http://localhost"))
                .isEqualTo(400);
    }
}
