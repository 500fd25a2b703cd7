package io.weir.core.limiter;

import io.weir.core.Outcome;
import io.weir.core.Permit;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Reservation;

/** A permit of a {@link Limiter}: one object is both what is held and what releases it. Offered once. */
final class LimiterPermit extends Reservation implements Permit {
    private final Admission admission;

    LimiterPermit(Admission admission) {
        this.admission = admission;
    }

    @Override
    public boolean completed() {
        return admission.release(this, Outcome.COMPLETED);
    }

    @Override
    public boolean failed() {
        return admission.release(this, Outcome.FAILED);
    }

    @Override
    public boolean cancelled() {
        return admission.release(this, Outcome.CANCELLED);
    }

    @Override
    public void close() {
        admission.release(this, Outcome.FAILED);
    }

    /** Whether it is held, for logs. */
    @Override
    public String toString() {
        return "Permit[" + (isHeld() ? "held" : "released") + "]";
    }
}
