package io.weir.gateway.proxy;

import io.vertx.core.buffer.Buffer;
import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.session.Payload;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a body or a line while they are received, one after the other. Their memory is budgeted before it is
 * allocated, until {@link #release}. Confined to its event loop.
 */
public final class IncomingPayload {
    private final MemoryBudget budget;
    private final int maxBytes;
    private @Nullable Payload payload;
    private long announced;
    private long budgeted;

    /** Why bytes are not received. */
    public enum Failure {
        TOO_LARGE,
        OVER_BUDGET
    }

    /** Receives within that budget; each payload has at most so many bytes. */
    public IncomingPayload(MemoryBudget budget, int maxBytes) {
        this.budget = budget;
        this.maxBytes = maxBytes;
    }

    /** Begins with how many bytes there will be, or -1 if that is not known; says why they are not received. */
    public @Nullable Failure begin(long expected) {
        if (expected > maxBytes) {
            return Failure.TOO_LARGE;
        }
        announced = expected;
        payload = new Payload(expected);
        return null;
    }

    /** Whether a payload has begun that is not complete. */
    public boolean isBegun() {
        return payload != null;
    }

    /** Adds those bytes of the buffer to what has begun; says why not, and then all of it is discarded. */
    public @Nullable Failure append(Buffer from, int begin, int end) {
        Payload into = Objects.requireNonNull(payload);
        Failure failure = null;
        Payload.Source source =
                (start, array, at, count) -> from.getBytes(begin + start, begin + start + count, array, at);
        if (into.length() + (long) (end - begin) > maxBytes) {
            failure = Failure.TOO_LARGE;
        } else if (!into.append(source, end - begin, this::budget)) {
            failure = Failure.OVER_BUDGET;
        }
        if (failure != null) {
            discard();
        }
        return failure;
    }

    private boolean budget(long bytes) {
        long size = Math.max(announced, budgeted + bytes);
        if (!budget.takeOf(bytes, size, Payload.maxReserved(maxBytes))) {
            return false;
        }
        budgeted += bytes;
        return true;
    }

    /** All bytes, which are not kept here; they stay budgeted. */
    public Payload complete() {
        Payload whole = Objects.requireNonNull(payload);
        payload = null;
        whole.complete();
        return whole;
    }

    /** Gives up what has begun. */
    public void discard() {
        payload = null;
        release();
    }

    /** Gives the budget back: the bytes are no longer held, or are counted elsewhere. Again changes nothing. */
    public void release() {
        budget.giveBack(budgeted);
        budgeted = 0;
    }
}
