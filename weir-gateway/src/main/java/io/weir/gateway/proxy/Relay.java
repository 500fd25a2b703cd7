package io.weir.gateway.proxy;

import io.vertx.core.buffer.Buffer;
import io.weir.gateway.jsonrpc.ResponseFault;
import io.weir.gateway.upstream.UpstreamResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Passes an upstream's answer on to the client, as far as it is one to its requests. A client that reads slowly slows
 * the upstream down. Confined to its event loop.
 */
final class Relay {
    private final UpstreamResponse from;
    private final ClientResponse to;
    private final ResponseCheck check;
    private final Listener listener;
    private boolean answered;
    private boolean over;
    private boolean discarding;

    Relay(UpstreamResponse from, ClientResponse to) {
        this(from, to, List.of(), new Listener() {});
    }

    /** What is told of an answer that is held against its requests; each once at the most. */
    interface Listener {
        /**
         * One of the requests has its answer, which is passed on after this, or the answer cannot be read.
         *
         * @return false if it is not to be passed on
         */
        default boolean beginsToAnswer() {
            return true;
        }

        /** The response to the only request has come whole, and its last bytes are passed on after this. */
        default void responseIsWhole() {}

        /**
         * The answer is for another request, or is no response: nothing is passed on from here on.
         *
         * @param fault what is wrong with the response to one of the requests; null if it is to another request
         */
        default void wrong(@Nullable ResponseFault fault) {}
    }

    /** @param ids of the requests that the answer is to be for; none where nothing is checked */
    Relay(UpstreamResponse from, ClientResponse to, List<String> ids, Listener listener) {
        this.from = from;
        this.to = to;
        this.check = new ResponseCheck(from, ids);
        this.listener = listener;
    }

    void begin() {
        if (!mayPass()) {
            return;
        }
        to.begin(from);
        from.handler(this::pass);
    }

    private void pass(Buffer bytes) {
        if (over) {
            return;
        }
        if (!check.passes(bytes)) {
            over = true;
            listener.wrong(check.fault());
            return;
        }
        if (!mayPass()) {
            return;
        }
        if (discarding) {
            return;
        }
        to.write(bytes);
        if (to.isFull()) {
            from.pause();
            to.onDrained(from::resume);
        }
    }

    private boolean mayPass() {
        if (!answered && check.isAnswered()) {
            answered = true;
            over = !listener.beginsToAnswer();
            if (!over && check.isOnlyResponseWhole()) {
                listener.responseIsWhole();
            }
        }
        return !over;
    }

    /** Whether the only request has had its response: what comes after that is the rest of a stream. */
    boolean isOnlyResponseWhole() {
        return check.isOnlyResponseWhole();
    }

    /** Whether the answer has ended without one to any of the requests. */
    boolean isUnanswered() {
        return check.isUnanswered();
    }

    /** Whether its client may ask on another stream for what comes after this. */
    boolean isResumable() {
        return check.isResumable();
    }

    /** Reads an answer that nobody waits for. */
    void drain() {
        if (mayPass()) {
            // First: what has come already is passed as soon as there is a handler.
            discarding = true;
            from.handler(this::pass);
            from.resume();
        }
    }

    /** Reads on and throws away what comes: the client is gone and the upstream is to finish its work. */
    void discard() {
        discarding = true;
        from.resume();
    }
}
