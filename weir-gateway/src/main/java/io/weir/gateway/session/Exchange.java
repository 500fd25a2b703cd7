package io.weir.gateway.session;

import io.weir.core.admission.Admission;
import io.weir.core.admission.Outcome;
import io.weir.core.admission.Permit;
import org.jspecify.annotations.Nullable;

/** What was admitted, from its admission until the upstream's work on it is over. Holds the permit. Thread-safe. */
public final class Exchange {
    private final Admission admission;
    private final ServiceTime serviceTime;
    private final Permit permit;
    private final long ticket;
    private final @Nullable Session session;
    private final long begun;

    Exchange(Admission admission, ServiceTime serviceTime, Permit permit, @Nullable Session session, long begun) {
        this.admission = admission;
        this.serviceTime = serviceTime;
        this.permit = permit;
        this.ticket = permit.ticket();
        this.session = session;
        this.begun = begun;
        if (session != null) {
            session.begin(begun);
        }
    }

    /** The upstream has answered. */
    public void completed(long now) {
        if (end(Outcome.COMPLETED, now)) {
            serviceTime.record(now - begun);
        }
    }

    /** The upstream will not answer: it could not be reached, broke off, or took too long and was cut off. */
    public void failed(long now) {
        end(Outcome.FAILED, now);
    }

    /** The client gave it up, and the upstream's work is proven aborted. */
    public void cancelled(long now) {
        end(Outcome.CANCELLED, now);
    }

    private boolean end(Outcome outcome, long now) {
        boolean first = admission.release(permit, ticket, outcome);
        if (first && session != null) {
            session.end(now);
        }
        return first;
    }
}
