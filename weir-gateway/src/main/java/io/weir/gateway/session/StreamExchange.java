package io.weir.gateway.session;

import io.weir.core.Outcome;
import io.weir.core.Priority;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.queue.DirectReservation;
import io.weir.core.queue.DirectReservations;
import io.weir.gateway.mcp.Refusal;
import org.jspecify.annotations.Nullable;

/** A stream, which holds a permit until it is open and waits in no queue. */
final class StreamExchange extends Exchange {
    private final DirectReservations holds;
    private final DirectReservation hold;

    StreamExchange(DirectReservations holds, Connection connection, int bytes, @Nullable Session session, long now) {
        super(session, now);
        this.holds = holds;
        this.hold = new DirectReservation(connection, Priority.LIST, bytes);
    }

    Decision offer(long now) {
        return holds.offer(hold, now);
    }

    @Override
    boolean release(Outcome outcome, long now) {
        return holds.release(hold, outcome, now);
    }

    @Override
    long hold(Outcome outcome, long now) {
        return release(outcome, now) ? 0 : -1;
    }

    @Override
    Refusal refusal(int messages, int bytes) {
        return Refusals.of(hold, messages, bytes);
    }
}
