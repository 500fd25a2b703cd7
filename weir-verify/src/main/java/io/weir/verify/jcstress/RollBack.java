package io.weir.verify.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.weir.core.admission.Reservation;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * The tenant has no room: what was reserved on the connection is given back, and a small offer beside it leaves no
 * trace.
 */
@JCStressTest
@org.openjdk.jcstress.annotations.Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "Refused and rolled back.")
@org.openjdk.jcstress.annotations.Outcome(id = "0, 1, 3", expect = ACCEPTABLE, desc = "The small one passed alone.")
@org.openjdk.jcstress.annotations.Outcome(id = ".*", expect = FORBIDDEN, desc = "Held in part, or passed.")
@State
public class RollBack extends AdmissionFixture {

    public RollBack() {
        super(b -> b.maxBytes(100).tenantMaxBytes(50));
    }

    /** Offers what the connection would take and the tenant does not. */
    @Actor
    public void offersMuch(III_Result r) {
        r.r1 = admit(first, new Reservation(), 90);
    }

    /** Offers what both would take. */
    @Actor
    public void offersLittle(III_Result r) {
        r.r2 = admit(first, new Reservation(), 1);
    }

    /** Looks what is held, on three levels. */
    @Arbiter
    public void looks(III_Result r) {
        r.r3 = held();
    }
}
