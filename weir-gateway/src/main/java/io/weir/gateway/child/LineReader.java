package io.weir.gateway.child;

import io.weir.gateway.line.LineBuffer;
import io.weir.gateway.line.LineServerException;
import java.io.IOException;
import java.io.InputStream;
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
    private final LineBuffer line;
    private final boolean skips;
    private final BooleanSupplier roomForLong;
    private int next;
    private int filled;
    private boolean tooLong;

    private LineReader(InputStream in, int maxBytes, boolean skips, BooleanSupplier roomForLong) {
        this.in = in;
        this.maxBytes = maxBytes;
        this.line = new LineBuffer(maxBytes, USUAL);
        this.skips = skips;
        this.roomForLong = roomForLong;
    }

    /**
     * A reader to which a line that is too long is an error.
     *
     * @param roomForLong is asked, before a line gets longer than {@value #USUAL} bytes, whether there is memory for
     *     it; once a line
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

    private void requireRoom() throws LineServerException {
        if (!roomForLong.getAsBoolean()) {
            throw new LineServerException(
                    LineServerException.Problem.MEMORY,
                    "no memory is left for another long line (children.max_line_bytes)");
        }
    }

    /**
     * The next line without its end; a line without an end at the end of the input is none.
     *
     * @return null at the end of the input
     * @throws LineServerException if the line is too long
     */
    public byte @Nullable [] next() throws IOException {
        line.clear();
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
            add(end - next, end < filled);
            next = end;
            if (end < filled) {
                next++;
                return line.take();
            }
        }
    }

    private void add(int part, boolean last) throws LineServerException {
        if (!tooLong && line.fits(part)) {
            if (line.outgrows(part, last)) {
                requireRoom();
            }
            line.add(buffer, next, part, last);
        } else if (skips) {
            tooLong = true;
            line.clear();
        } else {
            throw new LineServerException(
                    LineServerException.Problem.LINE, "more than " + maxBytes + " bytes; children.max_line_bytes");
        }
    }
}
