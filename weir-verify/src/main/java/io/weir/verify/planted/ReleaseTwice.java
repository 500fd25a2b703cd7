package io.weir.verify.planted;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** Twin of ReleaseOnce: whether it is held is looked at and then cleared, in two steps. */
@JCStressTest
@Outcome(id = "1, 0, 0", expect = ACCEPTABLE, desc = "The first released.")
@Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "The second released.")
@Outcome(id = ".*", expect = FORBIDDEN, desc = "Released twice.")
@State
public class ReleaseTwice {

    private final AtomicInteger pending = new AtomicInteger(1);
    private volatile boolean held = true;

    private int release() {
        if (!held) {
            return 0;
        }
        held = false;
        pending.decrementAndGet();
        return 1;
    }

    /** Releases. */
    @Actor
    public void completes(III_Result r) {
        r.r1 = release();
    }

    /** Releases as well. */
    @Actor
    public void timesOut(III_Result r) {
        r.r2 = release();
    }

    /** Looks what is left. */
    @Arbiter
    public void looks(III_Result r) {
        r.r3 = pending.get();
    }
}
