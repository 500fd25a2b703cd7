package io.weir.verify.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.weir.core.Outcome;
import io.weir.core.admission.Reservation;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** Two threads release the same holding: exactly one does, and everything is free afterwards. */
@JCStressTest
@org.openjdk.jcstress.annotations.Outcome(id = "1, 0, 0", expect = ACCEPTABLE, desc = "The first released.")
@org.openjdk.jcstress.annotations.Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "The second released.")
@org.openjdk.jcstress.annotations.Outcome(id = ".*", expect = FORBIDDEN, desc = "Released twice, never, or in part.")
@State
public class ReleaseOnce extends AdmissionFixture {

    private final Reservation reservation = new Reservation();

    public ReleaseOnce() {
        super(b -> b);
        admit(first, reservation, 7);
    }

    /** Releases. */
    @Actor
    public void completes(III_Result r) {
        r.r1 = admission.release(reservation, Outcome.COMPLETED) ? 1 : 0;
    }

    /** Releases as well. */
    @Actor
    public void timesOut(III_Result r) {
        r.r2 = admission.release(reservation, Outcome.FAILED) ? 1 : 0;
    }

    /** Looks what is left. */
    @Arbiter
    public void looks(III_Result r) {
        r.r3 = held();
    }
}
