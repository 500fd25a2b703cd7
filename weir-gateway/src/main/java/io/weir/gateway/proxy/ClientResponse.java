package io.weir.gateway.proxy;

import io.vertx.core.buffer.Buffer;
import io.weir.gateway.upstream.UpstreamResponse;
import org.jspecify.annotations.Nullable;

/** How a client is answered, whatever it is connected by. Confined to the event loop of its connection. */
public interface ClientResponse {
    /**
     * Answers with JSON of the gateway's own, unless the client is gone or an answer has begun.
     *
     * @param status of HTTP
     * @param body a JSON-RPC error, or an array of them
     * @param retryAfterMillis when to try again; 0 if that is not told
     */
    void json(int status, byte[] body, long retryAfterMillis);

    /** As {@link #json(int, byte[], long)}, without a time to try again. */
    default void json(int status, byte[] body) {
        json(status, body, 0);
    }

    /** Responds with an error of the gateway's own without an id; where a response has begun, closes the connection. */
    default void fail(int status, String message) {
        if (isBegun()) {
            close();
        } else {
            json(status, ErrorResponses.error(message));
        }
    }

    /** Says that the messages were taken, and that there is nothing to answer. */
    void accepted();

    /** Whether something of an answer was written, so that there can be no other. */
    boolean isBegun();

    /**
     * Whether the client, or its connection, has been given the session that an upstream's response issues. If it
     * leaves before that, nobody can use the session, or end it.
     */
    boolean gaveSession();

    /** Begins with the head of an upstream's response. */
    void begin(UpstreamResponse from);

    /** More of the body of that response. */
    void write(Buffer bytes);

    /** Whether the client does not read as fast as it is written to. */
    boolean isFull();

    /** Runs that once, when the client has read enough of what was written. */
    void onDrained(Runnable then);

    /** The upstream's response has ended: so does this. */
    void end();

    /**
     * Ends the answer before the upstream's: between two messages as if the server had ended it, and everywhere else by
     * closing the connection, so that a part is never taken for the whole.
     *
     * @param message the gateway's own, to end with; null for none
     */
    void endEarly(byte @Nullable [] message);

    /** Whether a message of the gateway's own can be written now without touching one of the upstream's. */
    boolean takesMessage();

    /**
     * When the client's connection has reached its maximum age, in nanoseconds of the monotonic clock: streams on it
     * end then.
     */
    long connectionEnd();

    /**
     * Whether the client can be kept from sending more until its message is decided on: by not reading what it sends.
     */
    default boolean mayPause() {
        return false;
    }

    /**
     * Reads nothing more of what the client sends until its message is decided on. Only where it {@linkplain #mayPause
     * may be}.
     *
     * @return false if there is no memory for what was read already; nothing is changed then
     */
    default boolean pause() {
        return false;
    }

    /** Has the connection closed once the answer is written. */
    void closeAtEnd();

    /** Closes the connection once what was written is flushed. */
    void close();
}
