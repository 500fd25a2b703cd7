package io.weir.verify.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.weir.core.queue.Offer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * A place falls free while the one that waits for it is cancelled: it is given to it, or it is cancelled, and nothing
 * leaks.
 */
@JCStressTest
@Outcome(id = "1, 0, 1", expect = ACCEPTABLE, desc = "Dispatched, not cancelled, and held.")
@Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "Cancelled, never dispatched, nothing held.")
@Outcome(id = ".*", expect = FORBIDDEN, desc = "Both, neither, or a reservation that leaked.")
@State
public class CancelRacesDispatch extends QueueFixture {
    private final Offer waiting = make();

    public CancelRacesDispatch() {
        offer(waiting);
    }

    /** Frees the place. */
    @Actor
    public void finishes() {
        finish(running);
    }

    /** Cancels. */
    @Actor
    public void cancels(III_Result r) {
        r.r2 = cancel(waiting);
    }

    /** Looks what became of it. */
    @Arbiter
    public void looks(III_Result r) {
        r.r1 = dispatched.get();
        r.r3 = pending();
    }
}
