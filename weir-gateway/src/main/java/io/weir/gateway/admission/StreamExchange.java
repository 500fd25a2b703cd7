package io.weir.gateway.admission;

import io.weir.core.Outcome;
import io.weir.core.Priority;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.queue.DirectReservation;
import io.weir.core.queue.DirectReservations;
import io.weir.gateway.session.Session;
import org.jspecify.annotations.Nullable;

/** A stream, which holds a reservation until it is open and waits in no queue. */
final class StreamExchange extends DirectReservation implements Exchange {
    private final DirectReservations reservations;
    private final @Nullable Session session;

    StreamExchange(
            DirectReservations reservations,
            Connection connection,
            int bytes,
            boolean mayPause,
            @Nullable Session session) {
        super(connection, Priority.LIST, bytes);
        this.reservations = reservations;
        this.session = session;
        if (!mayPause) {
            refuseInsteadOfPause();
        }
    }

    Decision offer(long now) {
        if (session != null) {
            session.begin(now);
        }
        Decision decision = reservations.offer(this, now);
        if (decision != Decision.ADMITTED && session != null) {
            session.end(now);
        }
        return decision;
    }

    @Override
    public void end(Outcome outcome, long now) {
        if (reservations.release(this, outcome, now) && session != null) {
            session.end(now);
        }
    }
}
