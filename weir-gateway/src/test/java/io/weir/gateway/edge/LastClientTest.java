package io.weir.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.MultiMap;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Origin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LastClientTest {
    private static final Origin HERE = new Origin("here", "tcp-1");

    private final LastClient last = new LastClient();

    private static MultiMap headers(String... namesAndValues) {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            headers.add(namesAndValues[i], namesAndValues[i + 1]);
        }
        return headers;
    }

    @Test
    void of_theSameAgain_isTheSame() {
        Client first = last.of("t", HERE, headers("User-Agent", "a", "Authorization", "x"));

        assertThat(last.of("t", HERE, headers("Authorization", "x", "user-agent", "a")))
                .isSameAs(first);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Authorization", "X-API-Key", "User-Agent", "Cookie", "Mcp-Session-Id"})
    void of_oneThatDiffersInAHeader_isAnother(String name) {
        Client first = last.of("t", HERE, headers(name, "a"));

        assertThat(last.of("t", HERE, headers(name, "b")).caller()).isNotEqualTo(first.caller());
        assertThat(last.of("t", HERE, headers()).caller()).isNotEqualTo(first.caller());
        assertThat(last.of("t", HERE, headers(name, "a"))).isEqualTo(first);
    }

    @Test
    void of_anotherTenantAddressOrClaim_isAnother() {
        Client first = last.of("t", HERE, headers());

        assertThat(last.of("u", HERE, headers()).tenant()).isEqualTo("u");
        assertThat(last.of("t", new Origin("there", "tcp-1"), headers()).address())
                .isEqualTo("there");
        assertThat(last.of("t", new Origin("here", "tcp-1", "claim"), headers()).caller())
                .isNotEqualTo(first.caller());
    }

    @Test
    void of_oneWithLongHeaders_isNotKept() {
        MultiMap headers = headers("Cookie", "c".repeat(2_000));
        Client first = last.of("t", HERE, headers);

        assertThat(last.of("t", HERE, headers)).isNotSameAs(first).isEqualTo(first);
    }
}
