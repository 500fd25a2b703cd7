package io.weir.gateway.line;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The lines that wait to be written to a server. Thread-safe. */
public final class LineQueue {
    @GuardedBy("this")
    private final ArrayDeque<Line> lines = new ArrayDeque<>();

    @GuardedBy("this")
    private long bytes;

    @GuardedBy("this")
    private boolean closed;

    /** Adds a line; false if the queue is closed. */
    public synchronized boolean add(Line line) {
        if (closed) {
            return false;
        }
        lines.addLast(line);
        bytes += line.length();
        notifyAll();
        return true;
    }

    /** Takes a line back; false if it was given out, or was never there. */
    public synchronized boolean takeBack(Line line) {
        if (line.isGiven() || !lines.remove(line)) {
            return false;
        }
        bytes -= line.length();
        return true;
    }

    /** How many bytes wait. */
    public synchronized long bytes() {
        return bytes;
    }

    /** The next line; null if none waits. */
    public synchronized @Nullable Line poll() {
        Line line = lines.pollFirst();
        if (line != null) {
            line.give();
            bytes -= line.length();
        }
        return line;
    }

    /** The next line, waiting for it; null if the queue is closed and empty, or the thread is interrupted. */
    public synchronized @Nullable Line take() {
        while (lines.isEmpty() && !closed) {
            try {
                wait();
            } catch (InterruptedException e) {
                return null;
            }
        }
        return poll();
    }

    /** Takes no more lines; those that wait are still given out. */
    public synchronized void close() {
        closed = true;
        notifyAll();
    }

    /** Takes no more lines, and ends those that wait. */
    public void clear() {
        List<Line> unwritten;
        synchronized (this) {
            unwritten = List.copyOf(lines);
            lines.clear();
            bytes = 0;
            close();
        }
        unwritten.forEach(line -> line.end(false));
    }
}
