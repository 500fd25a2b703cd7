package io.weir.verify.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.weir.core.admission.Reservation;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** Closing races with an offer: when close has returned, nothing more is admitted. */
@JCStressTest
@org.openjdk.jcstress.annotations.Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "Refused.")
@org.openjdk.jcstress.annotations.Outcome(
        id = "1, 1, 1",
        expect = ACCEPTABLE,
        desc = "Admitted before close returned, and seen by it.")
@org.openjdk.jcstress.annotations.Outcome(
        id = "1, 0, 0",
        expect = ACCEPTABLE,
        desc = "A reservation was seen that was taken back.")
@org.openjdk.jcstress.annotations.Outcome(id = ".*", expect = FORBIDDEN, desc = "Admitted after the end.")
@State
public class CloseEndsAdmission extends AdmissionFixture {

    public CloseEndsAdmission() {
        super(b -> b);
    }

    /** Closes, then looks. */
    @Actor
    public void closes(III_Result r) {
        admission.close();
        r.r1 = pending();
    }

    /** Offers. */
    @Actor
    public void offers(III_Result r) {
        r.r2 = admit(first, new Reservation(), 1);
    }

    /** Looks what is held. */
    @Arbiter
    public void looks(III_Result r) {
        r.r3 = pending();
    }
}
