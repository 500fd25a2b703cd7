package io.weir.verify.planted;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Twin of the byte limit races: messages are reserved exactly, bytes are checked beside them. */
@JCStressTest
@Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "The first passed.")
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "The second passed.")
@Outcome(id = "1, 1", expect = FORBIDDEN, desc = "Both passed.")
@State
public class TwoBoundsTwoSteps {

    private final AtomicInteger messages = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();

    private int admit(long size) {
        if (bytes.get() + size > 100 || messages.incrementAndGet() > 1000) {
            return 0;
        }
        bytes.addAndGet(size);
        return 1;
    }

    /** Offers. */
    @Actor
    public void one(II_Result r) {
        r.r1 = admit(60);
    }

    /** Offers. */
    @Actor
    public void two(II_Result r) {
        r.r2 = admit(60);
    }
}
