package io.weir.verify.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.weir.core.queue.Offer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * The queue closes while somebody comes: that is refused, or let in and answered; nothing waits, nothing is held but
 * what runs.
 */
@JCStressTest
@Outcome(id = "0, 0, 1", expect = ACCEPTABLE, desc = "Refused.")
@Outcome(id = "2, 1, 1", expect = ACCEPTABLE, desc = "Queued, and removed with a reason.")
@Outcome(id = ".*", expect = FORBIDDEN, desc = "Nobody will ever tell it.")
@State
public class CloseAnswersWaiting extends QueueFixture {
    private final Offer coming = make();

    /** Closes. */
    @Actor
    public void closes() {
        admission.close();
        queue.close(0);
    }

    /** Comes. */
    @Actor
    public void comes(III_Result r) {
        r.r1 = offer(coming);
    }

    /** Looks what it was told, and what is held. */
    @Arbiter
    public void looks(III_Result r) {
        r.r2 = abandoned.get();
        r.r3 = pending();
    }
}
