package io.weir.verify.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * An upstream that answers while its time runs out: one of the two ends it, and one of the two that wait is dispatched.
 */
@JCStressTest
@Outcome(id = "1, 0, 1", expect = ACCEPTABLE, desc = "The answer was first.")
@Outcome(id = "0, 1, 1", expect = ACCEPTABLE, desc = "The time-out was first.")
@Outcome(id = ".*", expect = FORBIDDEN, desc = "One place was given away twice, or not at all.")
@State
public class FinishOnce extends QueueFixture {
    public FinishOnce() {
        offer(make());
        offer(make());
    }

    /** The answer. */
    @Actor
    public void answers(III_Result r) {
        r.r1 = finish(running);
    }

    /** The time-out. */
    @Actor
    public void timesOut(III_Result r) {
        r.r2 = finish(running);
    }

    /** Looks how many were dispatched. */
    @Arbiter
    public void looks(III_Result r) {
        r.r3 = dispatched.get();
    }
}
