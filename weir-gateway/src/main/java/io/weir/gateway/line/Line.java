package io.weir.gateway.line;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.config.MemoryPlan;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A line for a server, without its end. It refers to the bytes of the message that it is made of and copies none:
 * whoever gave it counts them. Thread-safe.
 */
public final class Line {
    /**
     * A line of a message that nobody counts any more is copied up to this length, in bytes: what it refers to may be
     * longer.
     */
    private static final int MAX_COPY = MemoryPlan.LINE_PIECE;

    /** Who gave a line. Called on any thread, which is not to be blocked; once each at the most. */
    public interface Sender {
        /** Minds nothing of it. */
        Sender NOBODY = new Sender() {};

        /** The first byte is about to be written. */
        default void begun() {}

        /**
         * The line is not needed any more.
         *
         * @param written whether it was written, whole; not if it was taken back, or the server ended
         */
        default void ended(boolean written) {}
    }

    private final int length;
    private final Sender sender;

    @GuardedBy("this")
    private List<ByteBuffer> bytes;

    @GuardedBy("this")
    private int next;

    @GuardedBy("this")
    private boolean given;

    @GuardedBy("this")
    private boolean ended;

    /** What the line is counted in since its sender does not count it any more; null while that does. */
    @GuardedBy("this")
    private @Nullable LineMemory memory;

    /** @param bytes what it is made of; ends of lines among them are read as blanks */
    public Line(List<ByteBuffer> bytes, Sender sender) {
        this.bytes = bytes;
        this.sender = sender;
        this.length = bytes.stream().mapToInt(ByteBuffer::remaining).sum();
    }

    /** A line that nobody waits for. */
    public static Line of(byte[] bytes) {
        return new Line(List.of(ByteBuffer.wrap(bytes)), Sender.NOBODY);
    }

    /** Its length, in bytes. */
    public int length() {
        return length;
    }

    synchronized boolean isGiven() {
        return given;
    }

    synchronized void give() {
        given = true;
    }

    /** It is about to be written. */
    public void begin() {
        sender.begun();
    }

    /**
     * Copies the bytes that come next to the beginning of an array.
     *
     * @return how many were copied; less than there is room for when these were the last ones
     */
    public synchronized int read(byte[] into) {
        int to = 0;
        while (to < into.length && next < bytes.size()) {
            ByteBuffer part = bytes.get(next);
            int count = Math.min(part.remaining(), into.length - to);
            part.get(into, to, count);
            to += count;
            if (!part.hasRemaining()) {
                next++;
            }
        }
        for (int i = 0; i < to; i++) {
            if (into[i] == '\n' || into[i] == '\r') {
                into[i] = ' ';
            }
        }
        return to;
    }

    /**
     * Nobody counts its bytes any more, though a server may be taking them: from now on they are of that memory, until
     * the line has ended. A short line takes none.
     *
     * @return false if there is not so much of it
     */
    public synchronized boolean moveTo(LineMemory other) {
        if (ended || memory != null) {
            return true;
        }
        if (length <= MAX_COPY) {
            ByteBuffer copy = ByteBuffer.allocate(
                    bytes.stream().mapToInt(ByteBuffer::remaining).sum());
            bytes.forEach(copy::put);
            bytes = List.of(copy.flip());
            next = 0;
            return true;
        }
        if (!other.take(length + MemoryPlan.LINE_REST)) {
            return false;
        }
        memory = other;
        return true;
    }

    /** It is not needed any more; again changes nothing. */
    public void end(boolean written) {
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
            bytes = List.of();
            next = 0;
            if (memory != null) {
                memory.giveBack(length + MemoryPlan.LINE_REST);
            }
        }
        sender.ended(written);
    }
}
