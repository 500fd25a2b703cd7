package io.weir.verify.planted;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** Twin of FinishWakesWaiting: who finds the place taken waits, and does not look again. */
@JCStressTest
@Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "Found the place free.")
@Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "Waited, and was told.")
@Outcome(id = ".*", expect = FORBIDDEN, desc = "Waits for a place that is free.")
@State
public class WaitWithoutLookingAgain {
    private final AtomicBoolean taken = new AtomicBoolean(true);
    private final ConcurrentLinkedQueue<Integer> waiting = new ConcurrentLinkedQueue<>();
    private volatile int inFlight;
    private volatile int told;

    /** Frees the place. */
    @Actor
    public void finishes() {
        if (waiting.poll() != null) {
            told = 1;
            inFlight = 1;
        } else {
            taken.set(false);
        }
    }

    /** Comes. */
    @Actor
    public void comes(III_Result r) {
        if (taken.compareAndSet(false, true)) {
            inFlight = 1;
        } else {
            waiting.add(1);
        }
        r.r1 = 1;
    }

    /** Looks whether it has the place. */
    @Arbiter
    public void looks(III_Result r) {
        r.r2 = inFlight;
        r.r3 = told;
    }
}
