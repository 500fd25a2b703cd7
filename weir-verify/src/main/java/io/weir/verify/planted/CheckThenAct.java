package io.weir.verify.planted;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Twin of the limit races: the limit is looked at and then recorded, in two steps. */
@JCStressTest
@Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "The first passed.")
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "The second passed.")
@Outcome(id = "1, 1", expect = FORBIDDEN, desc = "Both passed.")
@State
public class CheckThenAct {

    private final AtomicInteger pending = new AtomicInteger();

    private int admit() {
        if (pending.get() >= 1) {
            return 0;
        }
        pending.incrementAndGet();
        return 1;
    }

    /** Offers. */
    @Actor
    public void one(II_Result r) {
        r.r1 = admit();
    }

    /** Offers. */
    @Actor
    public void two(II_Result r) {
        r.r2 = admit();
    }
}
