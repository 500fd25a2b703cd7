package io.weir.gateway.ops;

import io.weir.config.DecisionLogConfig;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
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

/**
 * Lines in a file; when it is full it becomes FILE.1, that FILE.2, and so on, and the oldest goes. After a failure it
 * can be resumed behind the last line that is known to be whole. Not thread-safe.
 */
class RotatingFiles implements AutoCloseable {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private final Path file;
    private final long maxBytes;
    private final int most;
    private @Nullable OutputStream out;
    private @Nullable SeekableByteChannel channel;
    private long written;

    /** The length of the checkpoint that the file begins with; 0 if it begins otherwise. */
    private long checkpointBytes;

    private boolean waitsForCheckpoint;

    /** Bytes of the file that are known to be whole lines in it; negative while there is no file to go on with. */
    private long safe = -1;

    private Unsafe unsafe = Unsafe.NOTHING;

    /**
     * What was given and is not known to be in a file.
     *
     * @param lines how many lines
     * @param missing how many lines are missing that they were to tell of
     */
    record Unsafe(long lines, long missing) {
        static final Unsafe NOTHING = new Unsafe(0, 0);

        Unsafe and(long tellsOf) {
            return tellsOf > 0 ? new Unsafe(lines, missing + tellsOf) : new Unsafe(lines + 1, missing);
        }
    }

    /**
     * Opens nothing yet.
     *
     * @param maxBytes of one file; a line is never parted
     * @param most files that are kept
     */
    RotatingFiles(Path file, long maxBytes, int most) {
        this.file = file;
        this.maxBytes = maxBytes;
        this.most = most;
    }

    Path file() {
        return file;
    }

    /** Begins a new file; what an earlier run has left is kept as an older one. */
    final void open() throws IOException {
        safe = -1;
        if (Files.isRegularFile(file) && Files.size(file) > 0) {
            shift();
        }
        begin(create(file), 0);
    }

    private void begin(SeekableByteChannel opened, long at) {
        channel = opened;
        out = new BufferedOutputStream(Channels.newOutputStream(opened), 1 << 16);
        written = at;
        safe = at;
        checkpointBytes = 0;
    }

    /**
     * Goes on after a failure: in the file where it happened, without what is behind its last safe line, or in a new
     * one if that could not be begun.
     */
    final void resume() throws IOException {
        if (safe < 0) {
            open();
            return;
        }
        SeekableByteChannel opened = create(file);
        boolean begun = false;
        try {
            long at = Math.min(safe, opened.size());
            opened.truncate(at);
            opened.position(at);
            begin(opened, at);
            begun = true;
        } finally {
            if (!begun) {
                opened.close();
            }
        }
    }

    /** A file that is made here is its owner's alone: lines name tenants, methods and tools. */
    SeekableByteChannel create(Path path) throws IOException {
        Set<OpenOption> options = Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        return path.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? Files.newByteChannel(path, options, PosixFilePermissions.asFileAttribute(OWNER_ONLY))
                : Files.newByteChannel(path, options);
    }

    /** @param tellsOf how many missing lines it tells of; 0 if it is a line of its own */
    final void write(String line, long tellsOf) throws IOException {
        unsafe = unsafe.and(tellsOf);
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        long most = waitsForCheckpoint ? fullAt() + DecisionLogConfig.BUFFER_BYTES : maxBytes;
        if (written > 0 && written + bytes.length > most) {
            next();
            unsafe = Unsafe.NOTHING.and(tellsOf);
        }
        append(bytes);
    }

    /** Begins another file with a line that says all that those before it do, for what follows. */
    final void writeCheckpoint(String line) throws IOException {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.US_ASCII);
        next();
        append(bytes);
        checkpointBytes = bytes.length;
    }

    private void next() throws IOException {
        end();
        open();
    }

    private void append(byte[] bytes) throws IOException {
        OutputStream to = out;
        if (to != null) {
            to.write(bytes);
            written += bytes.length;
        }
    }

    /**
     * Whether it is time for another file. A checkpoint takes no more than about half of one, however small that is to
     * be.
     */
    final boolean isFull() {
        return written >= fullAt();
    }

    private long fullAt() {
        return Math.max(maxBytes, 2 * checkpointBytes);
    }

    /**
     * Whether the file goes on when it is full, until the checkpoint comes that the next one begins with: for as much
     * as can wait to be written, and no more.
     */
    final void waitForCheckpoint(boolean waits) {
        waitsForCheckpoint = waits;
    }

    final void flush() throws IOException {
        if (out != null) {
            out.flush();
            safe = written;
            unsafe = Unsafe.NOTHING;
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
        flush();
        SeekableByteChannel open = channel;
        out = null;
        channel = null;
        if (open != null) {
            open.close();
        }
    }

    /** Lets go of the file after a failure. What is lost by that. */
    final Unsafe fail() {
        Unsafe lost = unsafe;
        unsafe = Unsafe.NOTHING;
        SeekableByteChannel open = channel;
        out = null;
        channel = null;
        try {
            if (open != null) {
                open.close();
            }
        } catch (IOException e) {
            // Whoever wrote last was told of the failure.
        }
        return lost;
    }

    /** Ends it; what cannot be written any more is lost. */
    @Override
    public void close() {
        try {
            end();
        } catch (IOException e) {
            fail();
        }
    }
}
