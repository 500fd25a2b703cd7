package io.weir.core.limiter;

import io.weir.core.Rejection;
import java.util.concurrent.RejectedExecutionException;

/**
 * Why a {@link TaskQueue} did not start a task. Has no stack trace, so that rejecting stays cheap under overload.
 *
 * <pre>{@code
 * queue.submit(request, server::call).exceptionally(failure -> {
 *     if (failure instanceof RejectedException rejected) {
 *         return tooBusy(rejected.rejection().retryAfter());
 *     }
 *     return failed(failure);
 * });
 * }</pre>
 */
public final class RejectedException extends RejectedExecutionException {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("serial") // a process does not send it to another
    private final Rejection rejection;

    /** For that rejection. */
    public RejectedException(Rejection rejection) {
        super("rejected by " + rejection.reason().key() + ": " + rejection.current() + " of " + rejection.limit());
        this.rejection = rejection;
    }

    /** Which limit rejected the task, and when to submit it again. */
    public Rejection rejection() {
        return rejection;
    }

    /** Fills in nothing. */
    @Override
    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // writes nothing
    public Throwable fillInStackTrace() {
        return this;
    }
}
