package io.weir.gateway.session;

import io.weir.core.Reason;
import io.weir.core.Scope;
import io.weir.core.admission.Reservation;
import io.weir.gateway.mcp.Refusal;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Puts the core's reasons into the words of MCP. */
final class Refusals {
    /** The client took it back while it waited. */
    static final Refusal CANCELLED =
            new Refusal("cancelled", Scope.CONNECTION.key(), Refusal.LimitOf.CANCELLED, 0, 0, 1, 0);

    private Refusals() {}

    /** A stream beyond a cap. */
    static Refusal ofStream(Scope scope, int open, int limit) {
        return new Refusal("streams", scope.key(), Refusal.LimitOf.STREAMS, open, limit, 1, 0);
    }

    /** Why a permit was refused. */
    static Refusal of(Reservation refused, int messages, int bytes) {
        return of(
                refused.reason(),
                refused.scope(),
                refused.current(),
                refused.limit(),
                refused.retryAfterNanos(),
                messages,
                bytes);
    }

    /** Measures in nanoseconds, and rates' waits, become milliseconds, rounded up. */
    static Refusal of(
            @Nullable Reason spoke,
            @Nullable Scope scope,
            long current,
            long limit,
            long retryAfterNanos,
            int messages,
            int bytes) {
        Reason reason = Objects.requireNonNull(spoke);
        boolean time = reason.unit() == Reason.Unit.NANOSECONDS;
        return new Refusal(
                reason.key(),
                (scope == null ? reason.scope() : scope).key(),
                limitOf(reason),
                time ? millis(current) : current,
                time ? millis(limit) : limit,
                reason.unit() == Reason.Unit.BYTES ? bytes : messages,
                retryAfterNanos < 0 ? Refusal.NEVER : millis(retryAfterNanos));
    }

    private static long millis(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(nanos + TimeUnit.MILLISECONDS.toNanos(1) - 1);
    }

    private static Refusal.LimitOf limitOf(Reason reason) {
        return switch (reason) {
            case CONNECTION_MESSAGES, TENANT_MESSAGES, GLOBAL_MESSAGES -> Refusal.LimitOf.MESSAGES;
            case CONNECTION_BYTES, TENANT_BYTES, GLOBAL_BYTES -> Refusal.LimitOf.BYTES;
            case RATE, TENANT_RATE -> Refusal.LimitOf.RATE;
            case CONTROL, GLOBAL_CONTROL -> Refusal.LimitOf.CONTROL;
            case PRIORITY -> Refusal.LimitOf.PRIORITY;
            case WAIT -> Refusal.LimitOf.WAIT;
            case CIRCUIT_OPEN -> Refusal.LimitOf.CIRCUIT;
            case EXPIRED -> Refusal.LimitOf.AGE;
            case DROPPED_OLDEST -> Refusal.LimitOf.PLACE;
            case RESET -> Refusal.LimitOf.RESET;
            case CLOSED -> Refusal.LimitOf.SHUTDOWN;
        };
    }
}
