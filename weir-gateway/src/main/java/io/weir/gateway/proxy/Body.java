package io.weir.gateway.proxy;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.weir.gateway.http.HeaderNames;
import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.session.Payload;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Receives a request's body within its bounds. Its memory is budgeted before it is allocated. Confined to its event loop. */
final class Body {
    /** Larger bodies leave an eighth of the budget for small ones, so that those always find room. */
    private static final long SMALL = 64 * 1024;

    private static final int SMALL_PART = 8;

    private final MemoryBudget budget;
    private final int maxBytes;
    private @Nullable Payload received;
    private long budgeted;
    private boolean large;
    private boolean over;

    Body(MemoryBudget budget, int maxBytes) {
        this.budget = budget;
        this.maxBytes = maxBytes;
    }

    /** What can become of a body that is not received. */
    enum Failure {
        TOO_LARGE,
        OVER_BUDGET
    }

    /**
     * Receives it; one of the two is told, once, unless the client goes first.
     *
     * @param whole is told the bytes, which are not kept here
     * @param failed is told why it is not read
     */
    void receive(HttpServerRequest request, Consumer<Payload> whole, Consumer<Failure> failed) {
        long announced = announced(request);
        if (announced > maxBytes) {
            fail(failed, Failure.TOO_LARGE);
            return;
        }
        large = announced > SMALL;
        received = new Payload(announced);
        request.handler(chunk -> add(chunk, failed));
        request.endHandler(end -> {
            Payload all = received;
            if (!over && all != null) {
                over = true;
                received = null;
                all.complete();
                whole.accept(all);
            }
        });
    }

    private void add(Buffer chunk, Consumer<Failure> failed) {
        Payload into = received;
        if (over || into == null) {
            return;
        }
        if (into.length() + (long) chunk.length() > maxBytes) {
            fail(failed, Failure.TOO_LARGE);
            return;
        }
        Payload.Source source = (from, array, at, count) -> chunk.getBytes(from, from + count, array, at);
        if (!into.append(source, chunk.length(), this::budget)) {
            fail(failed, Failure.OVER_BUDGET);
        }
    }

    private static long announced(HttpServerRequest request) {
        String length = request.getHeader(HeaderNames.CONTENT_LENGTH);
        return length == null ? -1 : Long.parseLong(length);
    }

    private boolean budget(long bytes) {
        large |= budgeted + bytes > SMALL;
        if (!(large ? budget.takeLeaving(SMALL_PART, bytes, Payload.maxReserved(maxBytes)) : budget.take(bytes))) {
            return false;
        }
        budgeted += bytes;
        return true;
    }

    private void fail(Consumer<Failure> failed, Failure why) {
        over = true;
        received = null;
        release();
        failed.accept(why);
    }

    /** Gives the budget back: the bytes are no longer held, or are counted elsewhere. Again changes nothing. */
    void release() {
        budget.giveBack(budgeted);
        budgeted = 0;
    }
}
