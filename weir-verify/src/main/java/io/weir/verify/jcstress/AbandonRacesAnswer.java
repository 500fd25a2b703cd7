package io.weir.verify.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIII_Result;

/**
 * A client that gives up while the upstream answers: the permit ends once, and the slot goes to one that waits, once.
 */
@JCStressTest
@Outcome(id = "1, 0, 1, 1", expect = ACCEPTABLE, desc = "The answer was first.")
@Outcome(id = "1, 1, 1, 1", expect = ACCEPTABLE, desc = "Given up first, and then answered.")
@Outcome(id = ".*", expect = FORBIDDEN, desc = "A slot was given away twice, or not at all, or a reservation was.")
@State
public class AbandonRacesAnswer extends QueueFixture {
    public AbandonRacesAnswer() {
        offer(make());
        offer(make());
    }

    /** The answer. */
    @Actor
    public void answers(IIII_Result r) {
        r.r1 = finish(running);
    }

    /** The client. */
    @Actor
    public void givesUp(IIII_Result r) {
        r.r2 = abandon(running);
    }

    /** Looks how many were dispatched, and how many are pending beside it. */
    @Arbiter
    public void looks(IIII_Result r) {
        r.r3 = dispatched.get();
        r.r4 = (int) admission.globalStats().pending().messages() - 1;
    }
}
