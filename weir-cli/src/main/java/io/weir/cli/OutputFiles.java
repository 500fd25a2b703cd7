package io.weir.cli;

import io.weir.config.ConfigException;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Files that a command writes. */
final class OutputFiles {
    private OutputFiles() {}

    /**
     * Looks whether a file can be written, before what goes into it is computed.
     *
     * @throws ConfigException if it cannot be
     */
    static void require(Path file) throws ConfigException {
        Path directory = file.toAbsolutePath().getParent();
        String why = Files.isDirectory(file)
                ? "it is a directory"
                : directory == null || !Files.isDirectory(directory)
                        ? "its directory does not exist"
                        : !Files.isWritable(Files.exists(file) ? file : directory) ? "this user may not" : "";
        if (!why.isEmpty()) {
            throw new ConfigException(List.of(file + ": cannot be written: " + why));
        }
    }

    /** Opens a file, in place of what there is. @throws ConfigException if it cannot be written */
    static Writer open(Path file) throws ConfigException {
        try {
            return Files.newBufferedWriter(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new ConfigException(List.of(file + ": cannot be written: " + reason(e)));
        }
    }

    /** Writes a whole file. @throws ConfigException if it cannot be written */
    static void write(Path file, String text) throws ConfigException {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new ConfigException(List.of(file + ": cannot be written: " + reason(e)));
        }
    }

    private static String reason(IOException e) {
        return switch (e.getClass().getSimpleName()) {
            case "NoSuchFileException" -> "its directory does not exist";
            case "AccessDeniedException" -> "this user may not";
            default -> String.valueOf(e.getMessage());
        };
    }
}
