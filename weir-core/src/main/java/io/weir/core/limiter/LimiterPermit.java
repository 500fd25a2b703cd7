package io.weir.core.limiter;

import io.weir.core.Outcome;
import io.weir.core.Permit;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Reservation;

/** A permit of a {@link Limiter}. Its reservation is used for one admission, so that the first release is the only one. */
final class LimiterPermit implements Permit {
    private final Admission admission;
    private final Reservation reservation;

    LimiterPermit(Admission admission, Reservation reservation) {
        this.admission = admission;
        this.reservation = reservation;
    }

    private boolean release(Outcome outcome) {
        return admission.release(reservation, reservation.ticket(), outcome);
    }

    @Override
    public boolean completed() {
        return release(Outcome.COMPLETED);
    }

    @Override
    public boolean failed() {
        return release(Outcome.FAILED);
    }

    @Override
    public boolean cancelled() {
        return release(Outcome.CANCELLED);
    }

    @Override
    public void close() {
        release(Outcome.FAILED);
    }

    /** The limits that hold it, for logs. */
    @Override
    public String toString() {
        return "Permit[" + (reservation.isHeld() ? "held" : "released") + "]";
    }
}
