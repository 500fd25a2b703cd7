package io.weir.gateway.child;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Reads lines of bytes, none longer than allowed. Not thread-safe. */
public final class LineReader {
    private static final int BUFFER = 16 * 1024;

    /** A line up to this length takes nothing of the budget. */
    static final int USUAL = 64 * 1024;

    private final InputStream in;
    private final int maxBytes;
    private final byte[] buffer = new byte[BUFFER];
    private final boolean skips;
    private final BooleanSupplier roomForLong;
    private int next;
    private int filled;
    private boolean tooLong;

    private LineReader(InputStream in, int maxBytes, boolean skips, BooleanSupplier roomForLong) {
        this.in = in;
        this.maxBytes = maxBytes;
        this.skips = skips;
        this.roomForLong = roomForLong;
    }

    /**
     * A reader to which a line that is too long is an error.
     *
     * @param roomForLong is asked, before a line gets longer than {@value #USUAL} bytes, whether there is memory for it; once a line
     */
    static LineReader failing(InputStream in, int maxBytes, BooleanSupplier roomForLong) {
        return new LineReader(in, maxBytes, false, roomForLong);
    }

    /** A reader that reads on to the end of a line that is too long, and gives an empty one in its place. */
    public static LineReader skipping(InputStream in, int maxBytes) {
        return new LineReader(in, maxBytes, true, () -> true);
    }

    /** Whether the line that was given last stands for one that was too long. */
    public boolean wasTooLong() {
        return tooLong;
    }

    private void requireRoom() throws ChildException {
        if (!roomForLong.getAsBoolean()) {
            throw new ChildException(
                    ChildException.Problem.MEMORY, "no memory is left for another long line (children.max_line_bytes)");
        }
    }

    /**
     * The next line without its end; a line without an end at the end of the input is none.
     *
     * @return null at the end of the input
     * @throws ChildException if the line is too long
     */
    public byte @Nullable [] next() throws IOException {
        byte[] line = new byte[0];
        int length = 0;
        tooLong = false;
        while (true) {
            if (next == filled) {
                filled = in.read(buffer);
                next = 0;
                if (filled < 0) {
                    filled = 0;
                    return null;
                }
            }
            int end = next;
            while (end < filled && buffer[end] != '\n') {
                end++;
            }
            int part = end - next;
            boolean fits = !tooLong && length + part <= maxBytes;
            if (fits) {
                if (length + part > line.length) {
                    int size = end < filled ? length + part : Math.min(maxBytes, 2 * (length + part));
                    if (size > USUAL && line.length <= USUAL) {
                        requireRoom();
                    }
                    line = Arrays.copyOf(line, size);
                }
                System.arraycopy(buffer, next, line, length, part);
                length += part;
            } else if (skips) {
                tooLong = true;
                line = new byte[0];
                length = 0;
            } else {
                throw new ChildException(
                        ChildException.Problem.LINE, "more than " + maxBytes + " bytes; children.max_line_bytes");
            }
            next = end;
            if (end < filled) {
                next++;
                return length == line.length ? line : Arrays.copyOf(line, length);
            }
        }
    }
}
