package io.weir.core.admission;

import io.weir.core.Priority;
import io.weir.core.Scope;
import io.weir.core.admission.PressureListener.Pressure;
import io.weir.core.state.State;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Something that holds messages and tells a listener when they cross the threshold of a limit, once a crossing. A base
 * class rather than a part, for a connection's memory. Thread-safe.
 */
abstract class PressureGauge {
    private static final VarHandle RAISED;

    static {
        try {
            RAISED = MethodHandles.lookup().findVarHandle(PressureGauge.class, "raised", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile boolean raised;

    abstract PressureListener listener();

    abstract Scope scope();

    /** The key of the tenant that it belongs to; empty for the process. */
    abstract String tenantName();

    abstract String name();

    /** What is held now, as an {@link Amount}. */
    abstract long heldNow();

    final boolean isRaised() {
        return raised;
    }

    /** Whether a message of that priority is to be shed while this much is held. */
    final boolean isShedding(Limit limit, long held, Priority priority) {
        return switch (priority) {
            case CONTROL, CALL -> false;
            case LIST -> raised && limit.isCritical(held);
            case BACKGROUND -> raised;
        };
    }

    final void rose(Limit limit, long held) {
        if (limit.isHigh(held) && !raised && RAISED.compareAndSet(this, false, true)) {
            tell(limit, held, true);
            // Whoever gave back between the reading and the raising has seen nothing raised.
            fell(limit, heldNow());
        }
    }

    final void fell(Limit limit, long held) {
        if (raised && limit.isLow(held) && RAISED.compareAndSet(this, true, false)) {
            tell(limit, held, false);
        }
    }

    private void tell(Limit limit, long held, boolean nowRaised) {
        try {
            listener().onPressure(pressure(limit, held, nowRaised));
        } catch (RuntimeException e) {
            // As PressureListener promises: a listener's failure is not the message's.
        }
    }

    /** What is held now, and whether that is above the threshold. */
    final Pressure pressure(Limit limit) {
        return pressure(limit, heldNow(), raised);
    }

    private Pressure pressure(Limit limit, long held, boolean nowRaised) {
        return new Pressure(
                scope(),
                tenantName(),
                name(),
                nowRaised,
                Amount.messages(held),
                limit.lowMessages,
                limit.maxMessages,
                Amount.bytes(held),
                limit.lowBytes,
                limit.maxBytes);
    }

    /** Names whether the pressure is raised. */
    final void pressure(State state) {
        raised = state.flag("raised", raised);
    }
}
