package io.weir.verify.planted;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Twin of CleanUpKeepsWhatIsHeld: what holds nothing is forgotten without marking it first. */
@JCStressTest
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "Held where it can be found.")
@Outcome(id = ".*", expect = FORBIDDEN, desc = "Lost with the connection that was forgotten.")
@State
public class CleanUpWithoutLookingAgain {

    private final AtomicInteger pending = new AtomicInteger();
    private volatile boolean known = true;

    /** Forgets what is idle. */
    @Actor
    public void cleansUp() {
        if (pending.get() == 0) {
            known = false;
        }
    }

    /** Offers, and makes the connection known if it was not. */
    @Actor
    public void offers(II_Result r) {
        if (!known) {
            known = true;
        }
        pending.incrementAndGet();
        r.r1 = 1;
    }

    /** Looks what is held and known. */
    @Arbiter
    public void looks(II_Result r) {
        r.r2 = known ? pending.get() : 0;
    }
}
