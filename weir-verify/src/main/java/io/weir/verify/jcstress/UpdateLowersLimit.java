package io.weir.verify.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.weir.core.admission.Reservation;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** An update lowers the limit to nothing: when it has returned, nothing more is admitted. */
@JCStressTest
@org.openjdk.jcstress.annotations.Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "Refused.")
@org.openjdk.jcstress.annotations.Outcome(
        id = "1, 1, 1",
        expect = ACCEPTABLE,
        desc = "Admitted before the update returned, and seen by it.")
@org.openjdk.jcstress.annotations.Outcome(
        id = "1, 0, 0",
        expect = ACCEPTABLE,
        desc = "A reservation was seen that was taken back.")
@org.openjdk.jcstress.annotations.Outcome(
        id = ".*",
        expect = FORBIDDEN,
        desc = "Admitted under limits that no longer held.")
@State
public class UpdateLowersLimit extends AdmissionFixture {

    public UpdateLowersLimit() {
        super(b -> b);
    }

    /** Updates, then looks. */
    @Actor
    public void updates(III_Result r) {
        admission.update(b -> b.maxMessages(0));
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
