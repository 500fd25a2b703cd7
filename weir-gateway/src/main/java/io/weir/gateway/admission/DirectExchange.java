package io.weir.gateway.admission;

import io.weir.core.Outcome;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.admission.Reservation;
import io.weir.gateway.session.Session;
import org.jspecify.annotations.Nullable;

/** Control messages, which never wait. */
final class DirectExchange extends Reservation implements Exchange {
    private final Admission admission;
    private final @Nullable Session session;

    DirectExchange(Admission admission, @Nullable Session session) {
        this.admission = admission;
        this.session = session;
    }

    /** Whether they are within the bounds of the control lane; if not, the reservation says why. */
    boolean admit(Connection connection, int messages, int bytes, long now) {
        if (session != null) {
            session.begin(now);
        }
        boolean admitted = admission.admitControl(connection, this, messages, bytes, now) == Decision.ADMITTED;
        if (!admitted && session != null) {
            session.end(now);
        }
        return admitted;
    }

    @Override
    public void end(Outcome outcome, long now) {
        if (admission.release(this, outcome) && session != null) {
            session.end(now);
        }
    }
}
