package io.weir.examples.compared;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That the programs beside each other in docs/embedding.md do the same task, and are shown there as they are. */
class ComparedTest {
    private static final byte[] REQUEST = {};

    private static void rejectsBeyondTheConcurrency(Function<Server, Guarded> library) {
        Guarded[] guarded = new Guarded[1];
        int[] depth = new int[1];
        String[] innermost = new String[1];
        guarded[0] = library.apply(request -> {
            depth[0]++;
            innermost[0] = guarded[0].call("acme", "session", REQUEST);
            return "served";
        });

        assertThat(guarded[0].call("acme", "session", REQUEST)).isEqualTo("served");
        assertThat(depth[0]).isEqualTo(10);
        assertThat(innermost[0]).isEqualTo("served");
        assertThat(guarded[0].call("acme", "session", REQUEST))
                .as("after all of them")
                .isNotNull();
    }

    private static void rejectsBeyondTheRate(Function<Server, Guarded> library) {
        Guarded guarded = library.apply(request -> "served");
        int tries = 0;
        String last = "";
        while (!last.startsWith("rejected") && tries < 100_000) {
            last = guarded.call("acme", "session", REQUEST);
            tries++;
        }

        assertThat(last).startsWith("rejected").containsIgnoringCase("rate");
        assertThat(tries).as("calls until the rate rejects one").isGreaterThan(20);
        assertThat(guarded.call("acme", "another", REQUEST)).isEqualTo("served");
        assertThat(guarded.call("globex", "session", REQUEST)).isEqualTo("served");
    }

    private static void check(Function<Server, Guarded> library) {
        rejectsBeyondTheConcurrency(library);
        rejectsBeyondTheRate(library);
    }

    @Test
    void weir_passesTheCheck() {
        check(WithWeir::new);
    }

    @Test
    void resilience4j_passesTheCheck() {
        check(WithResilience4j::new);
    }

    @Test
    void bucket4j_passesTheCheck() {
        check(WithBucket4j::new);
    }

    @Test
    void failsafe_passesTheCheck() {
        check(WithFailsafe::new);
    }

    @ParameterizedTest
    @ValueSource(strings = {"WithWeir", "WithResilience4j", "WithBucket4j", "WithFailsafe"})
    void page_showsTheProgram(String program) throws IOException {
        String source = Files.readString(
                Path.of("src", "test", "java", "io", "weir", "examples", "compared", program + ".java"));
        String page = Files.readString(Path.of("..", "docs", "embedding.md"));

        assertThat(page).contains("```java\n" + source.substring(source.indexOf("final class")) + "```\n");
    }
}
