package io.weir.verify.planted;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** Twin of CancelRacesDispatch: whether it still waits is looked at, and then it is taken, in two steps. */
@JCStressTest
@Outcome(id = "1, 0, 1", expect = ACCEPTABLE, desc = "Dispatched, not cancelled, and held.")
@Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "Cancelled, never dispatched, nothing held.")
@Outcome(id = ".*", expect = FORBIDDEN, desc = "Both.")
@State
public class CancelBesideDispatch {
    private volatile boolean queued = true;
    private volatile int dispatched;
    private volatile int held = 1;

    /** Frees the place. */
    @Actor
    public void finishes() {
        if (queued) {
            queued = false;
            dispatched = 1;
        }
    }

    /** Cancels. */
    @Actor
    public void cancels(III_Result r) {
        if (queued) {
            queued = false;
            held = 0;
            r.r2 = 1;
        }
    }

    /** Looks what became of it. */
    @Arbiter
    public void looks(III_Result r) {
        r.r1 = dispatched;
        r.r3 = held;
    }
}
