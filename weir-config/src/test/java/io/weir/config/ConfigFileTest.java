package io.weir.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigFileTest {
    @TempDir
    Path directory;

    private List<String> names() throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.map(each -> each.getFileName().toString()).sorted().toList();
        }
    }

    private static boolean isPosix() {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    }

    @Test
    void replace_throughASymbolicLink_keepsLinkAndPermissions() throws Exception {
        assumeTrue(isPosix());
        Path file = Files.writeString(directory.resolve("real.yaml"), "a");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r----x"));
        Path link = Files.createSymbolicLink(directory.resolve("weir.yaml"), Path.of("real.yaml"));

        ConfigFile.replace(link, "a", "b");

        assertThat(Files.readString(file)).isEqualTo("b");
        assertThat(link).isSymbolicLink();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-r----x");
        assertThat(names()).containsExactly("real.yaml", "weir.yaml");
    }

    @Test
    void replace_fileThatHoldsSomethingElse_saysSoAndLeavesIt() throws Exception {
        Path file = Files.writeString(directory.resolve("weir.yaml"), "other");

        assertThatThrownBy(() -> ConfigFile.replace(file, "a", "b"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(file + ": has changed since the gateway read it");
        assertThat(Files.readString(file)).isEqualTo("other");
        assertThat(names()).containsExactly("weir.yaml");
    }

    @Test
    void replace_readOnlyFile_saysSoAndLeavesIt() throws Exception {
        assumeTrue(isPosix());
        Path file = Files.writeString(directory.resolve("weir.yaml"), "a");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));

        assertThatThrownBy(() -> ConfigFile.replace(file, "a", "b"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(file + ": is read-only");
        assertThat(Files.readString(file)).isEqualTo("a");
        assertThat(names()).containsExactly("weir.yaml");
    }
}
