package io.weir.verify.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.weir.core.admission.Reservation;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Cleaning up an idle connection races with a refusal on it: the refusal is counted exactly once. */
@JCStressTest
@org.openjdk.jcstress.annotations.Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "Refused and counted.")
@org.openjdk.jcstress.annotations.Outcome(id = ".*", expect = FORBIDDEN, desc = "Lost, or counted twice.")
@State
public class CleanUpKeepsCounts extends AdmissionFixture {

    public CleanUpKeepsCounts() {
        super(b -> b.maxMessages(0));
    }

    /** Forgets what is idle. */
    @Actor
    public void cleansUp() {
        admission.cleanUp(HOUR);
    }

    /** Offers on a connection that it kept. */
    @Actor
    public void offers(II_Result r) {
        r.r1 = admit(first, new Reservation(), 1);
    }

    /** Looks what is counted. */
    @Arbiter
    public void looks(II_Result r) {
        r.r2 = (int) admission.globalStats().flow().refused().messages();
    }
}
