package io.weir.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a module of somebody else's may import of this one. */
class ModuleTest {
    @TempDir
    Path directory;

    /** What the compiler says of a module that requires the core and imports that type. */
    private String compile(String type) throws IOException {
        Path module = directory.resolve("module-info.java");
        Files.createDirectories(directory.resolve("other"));
        Files.writeString(module, "module other { requires io.weir.core; }");
        Path program = Files.writeString(
                directory.resolve("other").resolve("Program.java"),
                "package other; class Program { " + type + " used; }");
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter said = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            boolean compiled = compiler.getTask(
                            said,
                            files,
                            null,
                            List.of(
                                    "--class-path",
                                    directory.toString(),
                                    "--module-path",
                                    Path.of("target", "classes").toString(),
                                    "-d",
                                    directory.resolve("classes").toString()),
                            null,
                            files.getJavaFileObjects(module, program))
                    .call();
            assertThat(compiled).as(said.toString()).isEqualTo(said.toString().isEmpty());
        }
        return said.toString();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "io.weir.core.Rejection",
                "io.weir.core.Permit",
                "io.weir.core.GlobalStats",
                "io.weir.core.config.Profile",
                "io.weir.core.limiter.Limiter",
                "io.weir.core.limiter.TaskQueue"
            })
    void api_canBeImported(String type) throws IOException {
        assertThat(compile(type)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "io.weir.core.admission.Admission",
                "io.weir.core.queue.UpstreamQueue",
                "io.weir.core.rate.TokenBucket"
            })
    void engine_cannotBeImported(String type) throws IOException {
        assertThat(compile(type)).contains("is declared in module io.weir.core, which does not export it");
    }
}
