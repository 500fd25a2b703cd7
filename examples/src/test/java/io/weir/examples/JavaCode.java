package io.weir.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Java source that a document shows. */
final class JavaCode {
    private JavaCode() {}

    /** Whether this JVM's compiler knows all of it: a switch over types is of Java 21. */
    static boolean isForThisJava(String source) {
        return !source.contains("case Permit") || Runtime.version().feature() >= 21;
    }

    /** Compiles one class into that directory. */
    static void compile(String name, String source, Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve(name + ".java"), source);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter said = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            List<String> options = List.of("-d", directory.toString());
            assertThat(compiler.getTask(said, files, null, options, null, files.getJavaFileObjects(file))
                            .call())
                    .as("%s%n%s", said, source)
                    .isTrue();
        }
    }
}
