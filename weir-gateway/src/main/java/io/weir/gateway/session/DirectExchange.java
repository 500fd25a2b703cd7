package io.weir.gateway.session;

import io.weir.core.Outcome;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Reservation;
import io.weir.gateway.mcp.Refusal;
import org.jspecify.annotations.Nullable;

/** Control messages, which never wait. */
final class DirectExchange extends Exchange {
    private final Admission admission;
    final Reservation reservation = new Reservation();

    DirectExchange(Admission admission, @Nullable Session session, long now) {
        super(session, now);
        this.admission = admission;
    }

    @Override
    boolean release(Outcome outcome, long now) {
        return admission.release(reservation, outcome);
    }

    @Override
    long hold(Outcome outcome, long now) {
        return release(outcome, now) ? 0 : -1;
    }

    @Override
    Refusal refusal(int messages, int bytes) {
        return Refusals.of(reservation, messages, bytes);
    }
}
