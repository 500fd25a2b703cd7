package io.weir.gateway.upstream;

import org.jspecify.annotations.Nullable;

/**
 * One request to an upstream, from the wait for a connection to the end of its response. It ends in one of three ways:
 * {@link #finished}, {@link #reset}, or its listener is told that it broke. Confined to the event loop that made it.
 */
public interface UpstreamRequest {
    /** Who asked; one of the two is told first, and {@link #broken} once at the most. */
    interface Listener {
        /** The head of the response has come; its end handler and handler are the listener's to set. */
        void answered(UpstreamResponse response);

        /**
         * There is no response, or no end of it.
         *
         * @param idleTooLong whether it may have met a server that was closing an idle connection: that says nothing
         *     about the server
         */
        void broken(Throwable cause, boolean idleTooLong);
    }

    /** Waits for its turn and for a connection, and is sent. */
    void begin();

    /** The response has ended, and was read to its end. */
    void finished();

    /** As {@link #reset(Runnable, Runnable)}, where nobody waits for the end of the server's work. */
    default void reset(Runnable gone) {
        reset(gone, null);
    }

    /**
     * Gives it up, whatever it waits for.
     *
     * @param gone is run when its connection is gone, if it has one, and else at once
     * @param workEnded is run after {@code gone}, once, if the server is seen to be no longer at work on it; of a
     *     server whose connection is closed that is not seen. It may be held for long: it is to refer to little. Null
     *     if nobody waits for that
     */
    void reset(Runnable gone, @Nullable Runnable workEnded);

    /** Whether all of it may have reached the server. Of a part of its body the server can make nothing. */
    boolean isSentWhole();

    /** Whether what comes may be more than the response to a request before it: that says nothing about this one. */
    boolean mayGetSurplus();

    /** Whether it waits for its turn, or for a connection while all are in use. */
    boolean isWaiting();
}
