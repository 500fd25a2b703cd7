package io.weir.gateway.child;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;

/** The last lines that a child wrote to its standard error, so many and so much of each. Thread-safe. */
final class LastLines {
    private static final int LINES = 20;
    private static final int LENGTH = 300;

    @GuardedBy("this")
    private final ArrayDeque<String> lines = new ArrayDeque<>();

    private final StringBuilder current = new StringBuilder();

    /** Takes what was read; to be called by one thread. */
    void add(byte[] bytes, int length) {
        for (int i = 0; i < length; i++) {
            byte b = bytes[i];
            if (b == '\n') {
                end();
            } else if (current.length() < LENGTH) {
                current.append(b >= ' ' && b < 0x7f ? (char) b : '?');
            }
        }
    }

    /** Ends the line that has no end yet. */
    void end() {
        if (current.length() > 0) {
            String line = current.toString().strip();
            current.setLength(0);
            if (!line.isEmpty()) {
                add(line);
            }
        }
    }

    private synchronized void add(String line) {
        if (lines.size() == LINES) {
            lines.removeFirst();
        }
        lines.addLast(line);
    }

    /** The lines, oldest first, separated by bars; empty if there are none. */
    synchronized String text() {
        return String.join(" | ", lines);
    }
}
