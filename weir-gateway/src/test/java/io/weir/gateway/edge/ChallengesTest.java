package io.weir.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChallengesTest {
    private static final String URL = "https://gw/m";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "Bearer resource_metadata=\"http://s/m\"|Bearer resource_metadata=\"https://gw/m\"",
                "Bearer error=\"x\", Resource_Metadata = http://s/m, scope=\"a b\""
                        + "|Bearer error=\"x\", Resource_Metadata = \"https://gw/m\", scope=\"a b\"",
                "Bearer realm=\"a\",resource_metadata=\"\"|Bearer realm=\"a\",resource_metadata=\"https://gw/m\"",
                "Bearer resource_metadata=\"http://s/m|Bearer resource_metadata=\"https://gw/m\"",
                "Bearer resource_metadata=|Bearer resource_metadata=\"https://gw/m\"",
                "A resource_metadata=\"a\", B resource_metadata=\"b\""
                        + "|A resource_metadata=\"https://gw/m\", B resource_metadata=\"https://gw/m\""
            })
    void redirect_ofAChallenge_changesTheUrlAlone(String challenge, String expected) {
        assertThat(Challenges.redirect(challenge, URL)).isEqualTo(expected);
    }

    @Test
    void redirect_ofWhatIsNoSuchParameter_changesNothing() {
        for (String other : new String[] {
            "Bearer realm=\"weir\"",
            "Bearer error_description=\"set resource_metadata=\\\"x\\\", resource_metadata=y\"",
            "Bearer my_resource_metadata=\"x\"",
            "Bearer resource_metadata_x=\"x\"",
            "Bearer resource_metadata",
            "Bearer realm=\"\\",
            ""
        }) {
            assertThat(Challenges.redirect(other, URL)).isEqualTo(other);
        }
    }
}
