package io.weir.gateway.session;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;

/*
 * A body is kept in segments and not in one array: an array of more than half a region is humongous to G1, which gives
 * it whole regions of its own, so that 600 kB would cost 1 MiB and 1 MiB would cost 2. A contiguous copy exists only
 * while a body is parsed.
 */

/**
 * The bytes of a message while it is received, queued and forwarded: on the heap once, in segments that no collector
 * treats as large objects. Not thread-safe; safe to hand from one thread to another.
 */
public final class Payload {
    /** The largest segment, in bytes. */
    public static final int MAX_SEGMENT = 32 * 1024;

    /** What a segment costs beside its bytes: the header of its array and its place in the list. */
    static final int SEGMENT_OVERHEAD = 32;

    private static final int FIRST_SEGMENT = 1024;

    private final List<byte[]> segments = new ArrayList<>(1);
    private long expected;
    private int length;
    private int room;

    /**
     * An empty payload.
     *
     * @param expected how many bytes will be appended, or -1 if that is not known; a hint that costs nothing until they
     *     come
     */
    public Payload(long expected) {
        this.expected = expected;
    }

    /** What a payload of so many bytes reserves at the most while it is received, in bytes of heap. */
    public static long maxReserved(int bytes) {
        return bytes + MAX_SEGMENT + (bytes / FIRST_SEGMENT + 1L) * SEGMENT_OVERHEAD;
    }

    /** A payload of those bytes, which are copied. */
    public static Payload of(byte[] bytes) {
        Payload payload = new Payload(bytes.length);
        payload.append(
                (from, into, at, count) -> System.arraycopy(bytes, from, into, at, count), bytes.length, cost -> true);
        return payload;
    }

    /** Where appended bytes come from. */
    public interface Source {
        /** Copies {@code count} bytes from index {@code from} on into {@code into}, from index {@code at} on. */
        void copy(int from, byte[] into, int at, int count);
    }

    /**
     * Appends bytes.
     *
     * @param count how many
     * @param reserve is asked, before a segment is allocated, for what it costs in bytes of heap
     * @return false if a segment was not granted; the payload is then of no more use
     */
    public boolean append(Source source, int count, LongPredicate reserve) {
        int done = 0;
        while (done < count) {
            if (room == 0 && !addSegment(count - done, reserve)) {
                return false;
            }
            byte[] last = segments.get(segments.size() - 1);
            int part = Math.min(room, count - done);
            source.copy(done, last, last.length - room, part);
            room -= part;
            done += part;
            length += part;
        }
        return true;
    }

    /** At most as large as all before together, so that who sends little holds little. */
    private boolean addSegment(int needed, LongPredicate reserve) {
        int size = Math.min(MAX_SEGMENT, Math.max(FIRST_SEGMENT, Math.max(needed, length)));
        if (expected > length) {
            size = (int) Math.min(size, expected - length);
        }
        if (!reserve.test(size + (long) SEGMENT_OVERHEAD)) {
            return false;
        }
        segments.add(new byte[size]);
        room = size;
        return true;
    }

    /** Ends appending: gives up the room that is left in the last segment. */
    public void complete() {
        if (room > 0) {
            int last = segments.size() - 1;
            byte[] segment = segments.get(last);
            byte[] exact = new byte[segment.length - room];
            System.arraycopy(segment, 0, exact, 0, exact.length);
            segments.set(last, exact);
            room = 0;
        }
        expected = length;
    }

    /** How many bytes there are. */
    public int length() {
        return length;
    }

    /** The completed payload's segments in order; not to be changed. */
    public List<byte[]> segments() {
        return segments;
    }

    /** Writes those bytes of the completed payload. */
    public void writeTo(ByteArrayOutputStream out, int from, int to) {
        int start = 0;
        for (byte[] segment : segments) {
            int end = start + segment.length;
            if (from < end && start < to) {
                int first = Math.max(from, start);
                out.write(segment, first - start, Math.min(to, end) - first);
            }
            start = end;
        }
    }

    /**
     * Adds those bytes of the completed payload to {@code into}, as views of its segments: nothing is copied, and
     * nothing is to be written.
     *
     * @param from the first of them
     * @param to the one behind the last
     */
    public void addViews(int from, int to, List<ByteBuffer> into) {
        int start = 0;
        for (byte[] segment : segments) {
            int end = start + segment.length;
            if (from < end && start < to) {
                int first = Math.max(from, start);
                into.add(ByteBuffer.wrap(segment, first - start, Math.min(to, end) - first));
            }
            start = end;
        }
    }

    /** All bytes in one array; a copy, unless there is one segment only: not to be changed. */
    public byte[] contiguous() {
        if (segments.size() == 1 && room == 0) {
            return segments.get(0);
        }
        byte[] all = new byte[length];
        int at = 0;
        for (byte[] segment : segments) {
            int part = Math.min(segment.length, length - at);
            System.arraycopy(segment, 0, all, at, part);
            at += part;
        }
        return all;
    }
}
