package io.weir.gateway.child;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Reads lines of bytes, none longer than allowed. Not thread-safe. */
final class LineReader {
    private static final int BUFFER = 16 * 1024;

    private final InputStream in;
    private final int maxBytes;
    private final byte[] buffer = new byte[BUFFER];
    private int next;
    private int filled;

    LineReader(InputStream in, int maxBytes) {
        this.in = in;
        this.maxBytes = maxBytes;
    }

    /**
     * The next line without its end; a line without an end at the end of the input is none.
     *
     * @return null at the end of the input
     * @throws ChildException if the line is too long
     */
    byte @Nullable [] next() throws IOException {
        byte[] line = new byte[0];
        int length = 0;
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
            if (length + part > maxBytes) {
                throw new ChildException(
                        ChildException.Problem.LINE, "more than " + maxBytes + " bytes; children.max_line_bytes");
            }
            if (length + part > line.length) {
                line = Arrays.copyOf(line, end < filled ? length + part : Math.min(maxBytes, 2 * (length + part)));
            }
            System.arraycopy(buffer, next, line, length, part);
            length += part;
            next = end;
            if (end < filled) {
                next++;
                return length == line.length ? line : Arrays.copyOf(line, length);
            }
        }
    }
}
