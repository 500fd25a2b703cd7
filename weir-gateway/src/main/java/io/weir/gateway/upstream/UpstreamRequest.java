package io.weir.gateway.upstream;

/**
 * One request to an upstream, from the wait for a connection to the end of its response. It ends in one of three ways: {@link #finished},
 * {@link #reset}, or its listener is told that it broke. Confined to the event loop that made it.
 */
public interface UpstreamRequest {
    /** Who asked; one of the two is told first, and {@link #broken} once at the most. */
    interface Listener {
        /** The head of the response has come; its end handler and handler are the listener's to set. */
        void answered(UpstreamResponse response);

        /**
         * There is no response, or no end of it.
         *
         * @param idleTooLong whether it may have met a server that was closing an idle connection: that says nothing about the server
         */
        void broken(Throwable cause, boolean idleTooLong);
    }

    /** Who wants to know when the server has ended its work on what was given up. */
    interface Stopped {
        /**
         * It has; told once at the most. Of a server whose connection was closed that is not known.
         *
         * @param answered whether by an answer; it may have failed as well, or never have had the request
         */
        void stopped(boolean answered);
    }

    /** Waits for its turn and for a connection, and is sent. */
    void begin();

    /** The response has ended, and was read to its end. */
    void finished();

    /** As {@link #reset(Runnable, Stopped)}, where it does not matter whether the server goes on with it. */
    default void reset(Runnable gone) {
        reset(gone, answered -> {});
    }

    /**
     * Gives it up, whatever it waits for.
     *
     * @param gone is run when its connection is gone, if it has one, and else at once
     * @param stopped is told after {@code gone}
     */
    void reset(Runnable gone, Stopped stopped);

    /** Whether all of it may have reached the server. Of a part of its body the server can make nothing. */
    boolean isSentWhole();

    /** Whether what comes may be more than the response to a request before it: that says nothing about this one. */
    boolean mayGetSurplus();

    /** Whether it waits for its turn, or for a connection while all are in use. */
    boolean isWaiting();
}
