package io.weir.gateway.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Receives a request's body within its bounds. Its bytes are budgeted before they are read. Confined to its event loop. */
final class Body {
    /** What is budgeted before the first byte is read. The rest is as it comes: announcing much costs a client nothing. */
    private static final int FIRST_BYTES = 16 * 1024;

    private final BodyBudget budget;
    private final int maxBytes;
    private @Nullable Buffer received;
    private long budgeted;
    private boolean over;

    Body(BodyBudget budget, int maxBytes) {
        this.budget = budget;
        this.maxBytes = maxBytes;
    }

    /** What can become of a body that is not received. */
    enum Fault {
        TOO_LARGE,
        OVER_BUDGET
    }

    /**
     * Receives it; one of the two is told, once, unless the client goes first.
     *
     * @param whole is told the bytes
     * @param fault is told why it is not read
     */
    void receive(HttpServerRequest request, Consumer<byte[]> whole, Consumer<Fault> fault) {
        long announced = announced(request);
        if (announced > maxBytes) {
            fail(fault, Fault.TOO_LARGE);
            return;
        }
        if (announced > 0 && !budget(Math.min(announced, FIRST_BYTES))) {
            fail(fault, Fault.OVER_BUDGET);
            return;
        }
        request.handler(chunk -> {
            if (over) {
                return;
            }
            long length = (received == null ? 0 : received.length()) + (long) chunk.length();
            if (length > maxBytes) {
                fail(fault, Fault.TOO_LARGE);
            } else if (length > budgeted && !budget(length - budgeted)) {
                fail(fault, Fault.OVER_BUDGET);
            } else if (received == null) {
                received = chunk;
            } else {
                received.appendBuffer(chunk);
            }
        });
        request.endHandler(end -> {
            if (!over) {
                over = true;
                whole.accept(received == null ? new byte[0] : received.getBytes());
            }
        });
    }

    private static long announced(HttpServerRequest request) {
        String length = request.getHeader("Content-Length");
        return length == null ? -1 : Long.parseLong(length);
    }

    private boolean budget(long bytes) {
        if (!budget.take(bytes)) {
            return false;
        }
        budgeted += bytes;
        return true;
    }

    private void fail(Consumer<Fault> fault, Fault why) {
        over = true;
        received = null;
        release();
        fault.accept(why);
    }

    /** Gives the budget back: the bytes are no longer held, or are counted elsewhere. Again changes nothing. */
    void release() {
        budget.giveBack(budgeted);
        budgeted = 0;
    }
}
