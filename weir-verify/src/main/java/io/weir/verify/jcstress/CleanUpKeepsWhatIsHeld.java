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
 * Cleaning up an idle connection races with an offer on it: the message is counted once, and held where it can be
 * found.
 */
@JCStressTest
@org.openjdk.jcstress.annotations.Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "Admitted, counted and held.")
@org.openjdk.jcstress.annotations.Outcome(
        id = ".*",
        expect = FORBIDDEN,
        desc = "Lost with the connection that was forgotten.")
@State
public class CleanUpKeepsWhatIsHeld extends AdmissionFixture {

    public CleanUpKeepsWhatIsHeld() {
        super(b -> b);
    }

    /** Forgets what is idle. */
    @Actor
    public void cleansUp() {
        admission.cleanUp(HOUR);
    }

    /** Offers on a connection that it kept. */
    @Actor
    public void offers(III_Result r) {
        r.r1 = admit(first, new Reservation(), 1);
    }

    /** Looks what is counted and held. */
    @Arbiter
    public void looks(III_Result r) {
        r.r2 = (int) admission.globalStats().flow().offered().messages();
        r.r3 = (int) admission
                .connectionStats("tenant", "first")
                .map(s -> s.pending().messages())
                .orElse(0L)
                .longValue();
    }
}
