package io.weir.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the programs of the documents to what they print. */
class DocumentsTest {
    private static final Pattern PROGRAM =
            Pattern.compile("```java\n(.*?)```\n(?:\n```console\n(.*?)```\n)?", Pattern.DOTALL);
    private static final Pattern NAME = Pattern.compile("public class (\\w+)");

    @TempDir
    Path directory;

    private record Program(String page, String name, String source, Optional<String> output) {
        @Override
        public String toString() {
            return page + " " + name;
        }
    }

    static Stream<Program> programs() throws IOException {
        List<Program> programs = new ArrayList<>();
        for (String page : List.of("README.md", "docs/embedding.md")) {
            Matcher block = PROGRAM.matcher(Files.readString(Path.of("..").resolve(page)));
            while (block.find()) {
                Matcher name = NAME.matcher(block.group(1));
                if (name.find()) {
                    programs.add(new Program(page, name.group(1), block.group(1), Optional.ofNullable(block.group(2))));
                }
            }
        }
        return programs.stream();
    }

    @Test
    void pages_haveTheirPrograms() throws IOException {
        assertThat(programs().map(Program::toString))
                .containsExactly(
                        "README.md Embedded",
                        "docs/embedding.md Limits",
                        "docs/embedding.md WithSwitch",
                        "docs/embedding.md Queued");
    }

    @ParameterizedTest
    @MethodSource("programs")
    void program_compilesAndPrintsWhatThePageSays(Program program) throws Exception {
        assumeTrue(JavaCode.isForThisJava(program.source()));
        JavaCode.compile(program.name(), program.source(), directory);
        String printed = run(program);

        assertThat(printed).isNotEmpty();
        program.output().ifPresent(output -> assertThat(printed).isEqualTo(output));
    }

    private String run(Program program) throws Exception {
        PrintStream console = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {directory.toUri().toURL()})) {
            System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
            loader.loadClass(program.name()).getMethod("main", String[].class).invoke(null, (Object) new String[0]);
        } finally {
            System.setOut(console);
        }
        return printed.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
    }
}
