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

/** A place falls free while somebody comes: whoever came has it, at once or because it was told. */
@JCStressTest
@Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "Dispatched at once; the handler is not called.")
@Outcome(id = "2, 1, 1", expect = ACCEPTABLE, desc = "Waited, and its handler was called once.")
@Outcome(
        id = ".*",
        expect = FORBIDDEN,
        desc = "Waits for a slot that is free, or is notified although it was not queued.")
@State
public class FinishWakesWaiting extends QueueFixture {
    private final Offer coming = make();

    /** Frees the place. */
    @Actor
    public void finishes() {
        finish(running);
    }

    /** Comes. */
    @Actor
    public void comes(III_Result r) {
        r.r1 = offer(coming);
    }

    /** Looks whether it has the place. */
    @Arbiter
    public void looks(III_Result r) {
        r.r2 = coming.isInFlight() ? 1 : 0;
        r.r3 = dispatched.get();
    }
}
