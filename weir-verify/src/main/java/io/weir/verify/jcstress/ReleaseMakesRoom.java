package io.weir.verify.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.weir.core.admission.Reservation;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** An offer races with the release that makes room for it: whatever is decided, the counters agree. */
@JCStressTest
@org.openjdk.jcstress.annotations.Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "Released first.")
@org.openjdk.jcstress.annotations.Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "Offered first.")
@org.openjdk.jcstress.annotations.Outcome(
        id = ".*",
        expect = FORBIDDEN,
        desc = "The decision and what is held disagree.")
@State
public class ReleaseMakesRoom extends AdmissionFixture {

    private final Reservation reservation = new Reservation();

    public ReleaseMakesRoom() {
        super(b -> b.maxMessages(1).tenantMaxMessages(1).globalMaxMessages(1));
        admit(first, reservation, 1);
    }

    /** Makes room. */
    @Actor
    public void releases() {
        release(reservation);
    }

    /** Offers. */
    @Actor
    public void offers(II_Result r) {
        r.r1 = admit(first, new Reservation(), 1);
    }

    /** Looks what is held. */
    @Arbiter
    public void looks(II_Result r) {
        r.r2 = pending();
    }
}
