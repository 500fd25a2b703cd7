package io.weir.gateway.line;

import org.jspecify.annotations.Nullable;

/** A server that reads and writes lines: a child process, or one that is connected to over TCP. Thread-safe. */
public interface LineServer {
    /** What becomes of the server. Called on a thread of the server's; {@link #failed} and {@link #gone} once each. */
    interface Listener {
        /** It has written a line. The next one is read when this returns, unless reading is paused then. */
        void line(byte[] line);

        /** It has taken all lines that it was given. */
        void drained();

        /** It cannot be used any more. */
        void failed(LineServerException why);

        /** Nothing of it is left. */
        void gone();
    }

    /** Whether the server is read from. */
    interface Reading {
        /** No further line is read until {@link #resume} was called as often. */
        void pause();

        /** Ends one {@link #pause}. */
        void resume();

        /**
         * Transfers memory that is reserved for the line that is being delivered to {@link Listener#line}: the caller
         * gives it back. So the line finds room on its way to its client even when no other is left.
         *
         * @param maxBytes how many bytes at most
         * @return how many bytes; 0 on any thread but the one that delivers the line
         */
        long handOver(long maxBytes);
    }

    /** Starts it, or connects to it; returns at once. */
    void start();

    /** Which one it is among those of its upstream, for the log. */
    String label();

    /** Gives it a line; false if it takes none any more. */
    boolean send(Line line);

    /** Takes a line back; false if it may have been written. */
    boolean takeBack(Line line);

    /** Bytes that wait to be written to it. */
    long queuedBytes();

    /** Bytes that may wait before requests wait where they are; twice as many before notifications do. */
    int maxQueuedBytes();

    /** For how long it has read nothing although there is something for it, in nanoseconds. */
    long stalledNanos(long now);

    /**
     * For how long it has written nothing although it was read from, in nanoseconds; 0 while it is not read from, such
     * as for a client that does not read.
     */
    long silentNanos(long now);

    /**
     * How to hold up what it writes; null if {@link Listener#line} may wait instead, since nothing else runs on its
     * thread.
     */
    @Nullable
    Reading reading();

    /** Lets it end: it is given no further lines, and may not get those that wait; again changes nothing. */
    void stop();

    /** Ends it at once since it keeps to no rule: the listener is told that instead of its end. */
    void kill(LineServerException why);
}
