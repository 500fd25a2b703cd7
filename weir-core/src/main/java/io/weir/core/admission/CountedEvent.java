package io.weir.core.admission;

import io.weir.core.Outcome;
import io.weir.core.Reason;
import io.weir.core.Scope;

/**
 * The rarer events of a message, numbered densely: rejected by which decision and for which reason, or how it ended
 * ill.
 */
@SuppressWarnings("EnumOrdinal") // indices that never leave the process
final class CountedEvent {
    /**
     * The reasons for which a message is refused, dropped or disconnected come first, those for which it is shed after
     * them.
     */
    private static final int LIMITS = Reason.PRIORITY.ordinal();

    private static final int FIRST_DECISION = Decision.REFUSED.ordinal();

    private static final int SHED = 3 * LIMITS;

    /** Messages that were shed after the limits had let them pass. */
    static final int SHED_BY_WAIT = SHED + Reason.WAIT.ordinal() - LIMITS;

    static final int SHED_BY_CIRCUIT = SHED + Reason.CIRCUIT_OPEN.ordinal() - LIMITS;

    /** Admitted messages that ended without a response. */
    static final int FAILED = SHED_BY_CIRCUIT + 1;

    /** Admitted messages that the client gave up. */
    static final int CANCELLED = FAILED + 1;

    /** Admitted messages whose time passed in the queue. */
    static final int EXPIRED = CANCELLED + 1;

    /** Admitted messages that were thrown out of the queue. */
    static final int EVICTED = EXPIRED + 1;

    /** Messages that were shed for the pressure of their connection; {@link #rejected} has the process's. */
    static final int SHED_BY_CONNECTION = EVICTED + 1;

    /** Messages that were shed for the pressure of their tenant. */
    static final int SHED_BY_TENANT = SHED_BY_CONNECTION + 1;

    /** How many events there are. */
    static final int COUNT = SHED_BY_TENANT + 1;

    private CountedEvent() {}

    /** The event of a message rejected by that decision: refused, dropped or disconnected by a limit, or shed. */
    static int rejected(Decision decision, Reason reason) {
        return decision == Decision.SHED
                ? SHED + reason.ordinal() - LIMITS
                : (decision.ordinal() - FIRST_DECISION) * LIMITS + reason.ordinal();
    }

    /**
     * As {@link #rejected(Decision, Reason)}; pressure sheds in several scopes, each of which is an event of its own.
     */
    static int rejected(Decision decision, Reason reason, Scope scope) {
        if (reason == Reason.PRIORITY && scope != Scope.GLOBAL) {
            return scope == Scope.CONNECTION ? SHED_BY_CONNECTION : SHED_BY_TENANT;
        }
        return rejected(decision, reason);
    }

    /** Whether messages can be rejected by that decision for that reason. */
    static boolean isPossible(Decision decision, Reason reason) {
        boolean limit = reason.ordinal() < LIMITS;
        return decision == Decision.SHED ? !limit && SHED + reason.ordinal() - LIMITS < FAILED : limit;
    }

    /** Whether that is the event of a message that was refused, dropped, disconnected or shed. */
    static boolean isRejection(int event) {
        return event < FAILED || event > EVICTED;
    }

    /** The event of an admitted message that ended so; not {@link Outcome#COMPLETED}, which is what remains. */
    static int ended(Outcome outcome) {
        return switch (outcome) {
            case FAILED -> FAILED;
            case CANCELLED -> CANCELLED;
            case EXPIRED -> EXPIRED;
            case EVICTED -> EVICTED;
            case COMPLETED -> throw new IllegalArgumentException("not counted");
        };
    }
}
