package io.weir.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A configuration file that values are written into. Thread-safe. */
public final class ConfigFile {
    private static final Set<PosixFilePermission> WRITE =
            Set.of(PosixFilePermission.OWNER_WRITE, PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

    private ConfigFile() {}

    /**
     * The text of a file with other values; all else stays as it is, comments included.
     *
     * @param name of the file, for problems
     * @param values by their paths
     * @throws ConfigException if the file is written in a way in which that cannot be done
     */
    public static String edited(String name, String text, Map<String, String> values) throws ConfigException {
        YamlEdit edit = new YamlEdit(name, text);
        for (Map.Entry<String, String> value : values.entrySet()) {
            edit.set(value.getKey(), value.getValue());
        }
        return edit.text();
    }

    /**
     * Replaces what a file holds, at once: whoever reads it finds the old text or the new one. Its permissions, owner
     * and group stay; where it is a symbolic link, what it leads to is replaced.
     *
     * @param before what it must hold
     * @throws ConfigException if it holds something else, or cannot be written; it is as it was
     */
    public static void replace(Path file, String before, String after) throws ConfigException {
        Path temporary = null;
        try {
            Path target = file.toRealPath();
            requireWritable(file, target);
            require(file, before);
            Path directory = Objects.requireNonNull(target.getParent(), "a file is in a directory");
            temporary = Files.createTempFile(directory, "." + target.getFileName() + ".", ".new");
            keepOwner(file, target, temporary);
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(after.getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            require(file, before);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            temporary = null;
            sync(directory);
        } catch (IOException e) {
            throw problem(file, "cannot be written: " + why(e));
        } finally {
            delete(temporary);
        }
    }

    private static String why(IOException e) {
        if (e instanceof AccessDeniedException denied) {
            return "this user may not write " + denied.getFile();
        }
        String reason = e instanceof FileSystemException failed ? failed.getReason() : null;
        return reason == null ? String.valueOf(e.getMessage()) : reason;
    }

    private static void require(Path file, String before) throws ConfigException {
        if (!YamlDocument.text(file).equals(before)) {
            throw problem(
                    file,
                    "has changed since the gateway read it; let the gateway read it again (SIGHUP, or a few seconds)"
                            + " and repeat the change");
        }
    }

    private static void requireWritable(Path file, Path target) throws IOException, ConfigException {
        boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
        boolean nobodys =
                posix && Files.getPosixFilePermissions(target).stream().noneMatch(WRITE::contains);
        if (nobodys || !Files.isWritable(target)) {
            throw problem(file, "is read-only; make it writable, or change the limits without writing them down");
        }
    }

    private static void keepOwner(Path file, Path target, Path temporary) throws IOException, ConfigException {
        PosixFileAttributeView to = Files.getFileAttributeView(temporary, PosixFileAttributeView.class);
        if (to == null) {
            return;
        }
        PosixFileAttributes from = Files.readAttributes(target, PosixFileAttributes.class);
        PosixFileAttributes made = to.readAttributes();
        try {
            if (!made.owner().equals(from.owner())) {
                to.setOwner(from.owner());
            }
            if (!made.group().equals(from.group())) {
                to.setGroup(from.group());
            }
        } catch (IOException e) {
            throw problem(
                    file,
                    "belongs to " + from.owner().getName() + ":" + from.group().getName()
                            + ", which this user cannot give to the file in its place");
        }
        to.setPermissions(from.permissions());
    }

    /** The new name is there after a crash as well, where the system can say so. */
    private static void sync(Path directory) {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // A file system without that.
        }
    }

    private static void delete(@Nullable Path temporary) {
        if (temporary != null) {
            try {
                Files.deleteIfExists(temporary);
            } catch (IOException e) {
                // It is empty or unfinished, and has a name that nothing reads.
            }
        }
    }

    private static ConfigException problem(Path file, String what) {
        return new ConfigException(List.of(file + ": " + what));
    }
}
