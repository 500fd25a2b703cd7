package io.weir.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each public type of the limiter shows its use in its Javadoc, in code that compiles. */
class JavadocTest {
    private static final Path CORE = Path.of("..", "weir-core", "src", "main", "java", "io", "weir", "core");
    private static final Pattern SNIPPET = Pattern.compile("<pre>\\{@code\n(.*?)\n \\* }</pre>", Pattern.DOTALL);

    /** What the snippets refer to. */
    private static final String CONTEXT = """
            import io.weir.core.*;
            import io.weir.core.config.*;
            import io.weir.core.limiter.*;
            import java.time.*;
            import java.util.*;
            import java.util.concurrent.*;
            import java.util.concurrent.atomic.*;

            abstract class Snippet {
                interface Server {
                    String call();

                    void call(byte[] message);

                    List<String> search(String query);
                }

                Limiter limiter;
                TaskQueue queue;
                Request request;
                final Permit permit = null;
                Server server;
                Executor executor;
                String tenant;
                String session;
                String query;
                byte[] message;
                long bytes;

                abstract void call();

                abstract void respond(Object... response);

                abstract void log(String text, Object... values);

                abstract String tooBusy(Optional<Duration> retryAfter);

                abstract String failed(Throwable failure);

                void use() {
            %s
                }
            }
            """;

    @TempDir
    Path directory;

    static Stream<Path> publicTypes() throws IOException {
        List<Path> types;
        try (Stream<Path> limiter = Files.list(CORE.resolve("limiter"))) {
            types = limiter.filter(JavadocTest::isPublic).sorted().toList();
        }
        assertThat(types).hasSizeGreaterThan(6);
        return Stream.concat(
                types.stream(),
                Stream.of("Acquisition", "Permit", "Rejection").map(name -> CORE.resolve(name + ".java")));
    }

    private static boolean isPublic(Path source) {
        try {
            return Pattern.compile("^public ", Pattern.MULTILINE)
                    .matcher(Files.readString(source))
                    .find();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @MethodSource("publicTypes")
    void snippet_compiles(Path source) throws IOException {
        Matcher snippet = SNIPPET.matcher(Files.readString(source));
        assertThat(snippet.find()).as("a snippet").isTrue();
        String code = snippet.group(1).replaceAll("(?m)^ \\* ?", "");

        assumeTrue(JavaCode.isForThisJava(code));
        JavaCode.compile("Snippet", CONTEXT.formatted(code), directory);
    }
}
