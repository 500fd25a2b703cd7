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

/** Twin of PauseIsWoken: a connection that is full is marked as paused, and not looked at again after that. */
@JCStressTest
@Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "Found room.")
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "Paused, and woken.")
@Outcome(id = ".*", expect = FORBIDDEN, desc = "Paused for good, although there is room.")
@State
public class PauseWithoutLookingAgain {
    private final AtomicInteger pending = new AtomicInteger(1);
    private volatile boolean paused;
    private volatile int woken;

    /** Makes room. */
    @Actor
    public void releases() {
        pending.decrementAndGet();
        if (paused) {
            woken = 1;
        }
    }

    /** Offers. */
    @Actor
    public void offers(II_Result r) {
        if (pending.compareAndSet(0, 1)) {
            r.r1 = 1;
        } else {
            paused = true;
        }
    }

    /** Looks whether it was woken. */
    @Arbiter
    public void looks(II_Result r) {
        r.r2 = woken;
    }
}
