package io.weir.gateway.ops;

import io.weir.config.StdioTransport;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** Finds the program of a command as the shell that starts it does, before a client needs it. */
public final class Programs {
    private Programs() {}

    /** Why the command cannot be started, in words; empty if its program exists. Starts nothing. */
    public static Optional<String> missing(StdioTransport transport) {
        Path directory = transport.directory().orElse(Path.of("")).toAbsolutePath();
        if (!Files.isDirectory(directory)) {
            return Optional.of("its cwd " + directory + " is no directory");
        }
        String name = transport.command().get(0);
        if (name.contains("/")) {
            Path file = directory.resolve(name);
            if (isProgram(file)) {
                return Optional.empty();
            }
            return Optional.of(
                    Files.isRegularFile(file)
                            ? file.normalize() + " cannot be executed (chmod +x makes it a program for this user)"
                            : "there is no program " + file.normalize());
        }
        String path =
                transport.environment().getOrDefault("PATH", System.getenv().getOrDefault("PATH", ""));
        boolean found = path.isEmpty()
                || Arrays.stream(path.split(File.pathSeparator, -1))
                        .anyMatch(folder -> isProgram(directory.resolve(folder).resolve(name)));
        return found ? Optional.empty() : Optional.of("there is no program '" + name + "' on its PATH");
    }

    private static boolean isProgram(Path file) {
        return Files.isRegularFile(file) && Files.isExecutable(file);
    }
}
