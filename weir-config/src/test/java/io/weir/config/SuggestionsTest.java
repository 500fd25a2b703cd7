package io.weir.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SuggestionsTest {
    @Test
    void to_aKeyWithoutItsUnit_isThatKeyAndNotANearerOne() {
        assertThat(Suggestions.to("ttl", Keys.ofUpstream())).contains("ttl_ms");
        assertThat(Suggestions.to("connect_timeout", Keys.ofUpstream())).contains("connect_timeout_ms");
        assertThat(Suggestions.to("priority_x", Keys.ofUpstream())).contains("priority");
    }

    @Test
    void to_anAbbreviation_isWhatItAbbreviatesAndNotANearerOne() {
        assertThat(Suggestions.to("max_msgs", List.of("max_bytes", "max_messages")))
                .contains("max_messages");
        assertThat(Suggestions.to("maxMessages", List.of("max_bytes", "max_messages")))
                .contains("max_messages");
    }

    @Test
    void hint_nothingNear_namesAll() {
        assertThat(Suggestions.hint("zzzzzzzz", List.of("a", "b"))).isEqualTo("; there are a, b");
        assertThat(Suggestions.hint("capacty", Keys.ofUpstream())).isEqualTo(" (did you mean capacity?)");
    }
}
