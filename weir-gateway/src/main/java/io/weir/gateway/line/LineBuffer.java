package io.weir.gateway.line;

import java.util.Arrays;

/** Puts lines together from parts, one after the other. Not thread-safe. */
public final class LineBuffer {
    private static final byte[] NOTHING = {};

    private final int maxBytes;
    private final int usual;
    private byte[] bytes = NOTHING;
    private int length;

    /**
     * Without a line.
     *
     * @param maxBytes no line may be longer
     * @param usual the size of the buffer up to which a line takes nothing of a budget
     */
    public LineBuffer(int maxBytes, int usual) {
        this.maxBytes = maxBytes;
        this.usual = usual;
    }

    /** Whether the line is not too long with another part of so many bytes. */
    public boolean fits(int part) {
        return length + part <= maxBytes;
    }

    /**
     * Whether the line needs memory of the budget for another part of so many bytes, and has none yet.
     *
     * @param last whether the line ends with that part
     */
    public boolean outgrows(int part, boolean last) {
        return bytes.length <= usual && sizeFor(part, last) > usual;
    }

    private int sizeFor(int part, boolean last) {
        int needed = length + part;
        return needed <= bytes.length ? bytes.length : last ? needed : Math.min(maxBytes, 2 * needed);
    }

    /**
     * Adds a part that {@link #fits}.
     *
     * @param last whether the line ends with it
     */
    public void add(byte[] from, int start, int count, boolean last) {
        int size = sizeFor(count, last);
        if (size > bytes.length) {
            bytes = Arrays.copyOf(bytes, size);
        }
        System.arraycopy(from, start, bytes, length, count);
        length += count;
    }

    /** The line, which is given away; the next one begins. */
    public byte[] take() {
        byte[] line = length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
        clear();
        return line;
    }

    /** Forgets what there is of the line. */
    public void clear() {
        bytes = NOTHING;
        length = 0;
    }
}
