package io.weir.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ConnectionIdsTest {
    @Test
    void id_isThatOfTheConnectionAlone_andSaysNothingOfIt() {
        ConnectionIds ids = new ConnectionIds();
        Set<String> all = new HashSet<>();
        for (String tenant : new String[] {"a", "ab", "1:a", ""}) {
            for (String key : new String[] {"b", "bb", "", "search/secret-session"}) {
                String id = ids.of(tenant, key);
                assertThat(id).matches("[0-9a-f]{16}").isEqualTo(ids.of(tenant, key));
                all.add(id);
            }
        }

        assertThat(all).hasSize(16);
        assertThat(new ConnectionIds().of("a", "b")).isNotEqualTo(ids.of("a", "b"));
    }
}
