package io.weir.gateway.admission;

import io.weir.core.Rejection;
import org.jspecify.annotations.Nullable;

/** What becomes of a body that a client sent. */
@SuppressWarnings("ArrayRecordComponent") // bodies are bytes, handed on and never compared
public sealed interface Verdict {
    /**
     * It goes to the upstream as it is.
     *
     * @param exchange to be ended when the upstream's work is over
     * @param control whether it is on the control lane
     * @param cancellation the requests in flight that it cancels
     */
    record Forward(Exchange exchange, boolean control, Cancellation cancellation) implements Verdict {}

    /**
     * It waits for its turn; its callback is called when that has come, or will not come.
     *
     * @param exchange to be withdrawn if the client gives it up
     */
    record Wait(Exchange exchange) implements Verdict {}

    /**
     * It does not fit its connection's limits, and nothing more is to be read by the transport that it came by until
     * that is decided: its callback is called when it is to be offered again. Its time to live counts from when it
     * came. To be used by one thread at a time, until one of its methods has returned another verdict or it was
     * {@linkplain #withdraw withdrawn}.
     */
    non-sealed interface Paused extends Verdict {
        /**
         * When its time to live has passed, in nanoseconds of the monotonic clock: then it is to be {@linkplain #giveUp
         * given up}.
         */
        long deadline();

        /** Offers it again; this same verdict if it has to be held for longer. */
        Verdict offer(long now);

        /** Has it decided now, whether it fits or not: it is not held any longer. */
        Verdict giveUp(long now);

        /** The client is gone: nothing becomes of it. */
        void withdraw();
    }

    /** It was a cancellation of requests that waited here, and is done: the upstream never saw them. */
    record CancelledQueued() implements Verdict {}

    /**
     * It does not go to the upstream.
     *
     * @param rejection what rejected it
     * @param error the JSON to respond with: an error, or an array of them
     * @param expectsResponse whether it held a request, which is owed a response; else a status says that nothing was
     *     accepted
     * @param silent whether even a request is to be left without a response
     * @param close whether the connection is to be closed after the response
     * @param retryAfterMillis when to try again; 0 if that is not known
     * @param remainder what of a rejected batch goes to the upstream all the same, or null
     */
    record Rejected(
            Rejection rejection,
            byte[] error,
            boolean expectsResponse,
            boolean silent,
            boolean close,
            long retryAfterMillis,
            @Nullable ControlRemainder remainder)
            implements Verdict {}

    /**
     * The messages of a rejected batch that are never refused.
     *
     * @param body a JSON array of them, byte for byte as they stood in the batch
     * @param exchange to be ended when the upstream has taken them
     */
    record ControlRemainder(byte[] body, Exchange exchange) {}

    /** Even the control lane is full: what cannot be refused gets no response, and the connection is closed. */
    record Close() implements Verdict {}
}
