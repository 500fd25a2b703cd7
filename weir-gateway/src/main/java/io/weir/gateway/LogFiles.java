package io.weir.gateway;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Lines in a file; when it is full it becomes FILE.1, that FILE.2, and so on, and the oldest goes. Not thread-safe. */
final class LogFiles implements AutoCloseable {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private final Path file;
    private final long maxBytes;
    private final int most;
    private @Nullable OutputStream out;
    private long written;

    /**
     * Opens nothing yet.
     *
     * @param maxBytes of one file; a line is never parted
     * @param most files that are kept
     */
    LogFiles(Path file, long maxBytes, int most) {
        this.file = file;
        this.maxBytes = maxBytes;
        this.most = most;
    }

    Path file() {
        return file;
    }

    /** Begins a new file; what an earlier run has left is kept as an older one. */
    void open() throws IOException {
        if (Files.isRegularFile(file) && Files.size(file) > 0) {
            shift();
        }
        out = new BufferedOutputStream(Channels.newOutputStream(create(file)), 1 << 16);
        written = 0;
    }

    /** A file that is made here is its owner's alone: lines name tenants, methods and tools. */
    private static WritableByteChannel create(Path file) throws IOException {
        Set<OpenOption> options = Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        return file.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? Files.newByteChannel(file, options, PosixFilePermissions.asFileAttribute(OWNER_ONLY))
                : Files.newByteChannel(file, options);
    }

    void write(String line) throws IOException {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        if (written > 0 && written + bytes.length > maxBytes) {
            end();
            open();
        }
        OutputStream to = out;
        if (to != null) {
            to.write(bytes);
            written += bytes.length;
        }
    }

    void flush() throws IOException {
        if (out != null) {
            out.flush();
        }
    }

    private void shift() throws IOException {
        for (int i = most - 1; i >= 1; i--) {
            Path from = i == 1 ? file : older(i - 1);
            if (Files.exists(from)) {
                Files.move(from, older(i), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        if (most == 1) {
            Files.delete(file);
        }
    }

    private Path older(int number) {
        return file.resolveSibling(file.getFileName() + "." + number);
    }

    private void end() throws IOException {
        OutputStream open = out;
        out = null;
        if (open != null) {
            open.close();
        }
    }

    /** Ends it; what cannot be written any more is lost. */
    @Override
    public void close() {
        try {
            end();
        } catch (IOException e) {
            // Whoever wrote last was told; there is nobody to tell now.
        }
    }
}
