package io.weir.gateway.proxy;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.weir.gateway.http.HeaderNames;
import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.proxy.IncomingPayload.Failure;
import io.weir.gateway.session.Payload;
import java.util.function.Consumer;

/** Receives a request's body within its bounds. Confined to its event loop. */
final class Body {
    private final IncomingPayload received;

    Body(MemoryBudget budget, int maxBytes) {
        this.received = new IncomingPayload(budget, maxBytes);
    }

    /**
     * Receives it; one of the two is told, once, unless the client goes first.
     *
     * @param whole is told the bytes, which are not kept here
     * @param failed is told why it is not read
     */
    void receive(HttpServerRequest request, Consumer<Payload> whole, Consumer<Failure> failed) {
        Failure failure = received.begin(announced(request));
        if (failure != null) {
            failed.accept(failure);
            return;
        }
        request.handler(chunk -> add(chunk, failed));
        request.endHandler(end -> {
            if (received.isBegun()) {
                whole.accept(received.complete());
            }
        });
    }

    private void add(Buffer chunk, Consumer<Failure> failed) {
        Failure failure = received.isBegun() ? received.append(chunk, 0, chunk.length()) : null;
        if (failure != null) {
            failed.accept(failure);
        }
    }

    private static long announced(HttpServerRequest request) {
        String length = request.getHeader(HeaderNames.CONTENT_LENGTH);
        return length == null ? -1 : Long.parseLong(length);
    }

    /**
     * Gives the budget back: what is not whole is no longer held, and what is whole is counted elsewhere. Again changes
     * nothing.
     */
    void release() {
        received.discard();
    }
}
