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

/**
 * Twin of UpdateLowersLimit and CloseEndsAdmission: the limit is read once, and not looked at again after the
 * reservation.
 */
@JCStressTest
@Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "Refused.")
@Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "Admitted before.")
@Outcome(id = "1, 0, 0", expect = ACCEPTABLE, desc = "Taken back.")
@Outcome(id = ".*", expect = FORBIDDEN, desc = "Admitted under a limit that no longer held.")
@State
public class UpdateWithoutLookingAgain {

    private final AtomicInteger pending = new AtomicInteger();
    private volatile int limit = 1;

    /** Updates, then looks. */
    @Actor
    public void updates(III_Result r) {
        limit = 0;
        r.r1 = pending.get();
    }

    /** Offers. */
    @Actor
    public void offers(III_Result r) {
        int bound = limit;
        int before;
        do {
            before = pending.get();
            if (before + 1 > bound) {
                return;
            }
        } while (!pending.compareAndSet(before, before + 1));
        r.r2 = 1;
    }

    /** Looks what is held. */
    @Arbiter
    public void looks(III_Result r) {
        r.r3 = pending.get();
    }
}
