package io.weir.gateway.jsonrpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.core.JsonFactory;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Names of one hash: refused where a body has too many, and without effect on the bodies of others. */
class EnvelopeReaderCollisionTest {
    private static final List<String> NAMES = List.copyOf(CollidingNames.of(1000));

    private final EnvelopeReader reader = new EnvelopeReader();

    private static byte[] withParameters(Collection<String> names) {
        return names.stream()
                .map(name -> "\"" + name + "\":0")
                .collect(Collectors.joining(",", "{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":{", "}}"))
                .getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void manyNamesOfOneHash_areRefused() {
        assertThatExceptionOfType(MalformedMessageException.class)
                .isThrownBy(() -> reader.read(withParameters(NAMES)))
                .withMessage("Invalid message: names that were chosen to have the same hash")
                .extracting(MalformedMessageException::code)
                .isEqualTo(MalformedMessageException.INVALID_REQUEST);
    }

    @Test
    void namesOfOneHash_ofManyBodies_doNotAddUp() throws MalformedMessageException {
        JsonFactory first = reader.factory;
        for (int i = 0; i < NAMES.size(); i += 100) {
            assertThat(reader.read(withParameters(NAMES.subList(i, i + 100))).messages())
                    .hasSize(1);
        }
        assertThat(reader.factory).as("the table was full in between").isNotSameAs(first);
    }
}
