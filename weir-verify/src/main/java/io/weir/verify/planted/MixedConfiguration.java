package io.weir.verify.planted;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** Twin of OneConfiguration: the two limits of a configuration are read one after the other. */
@JCStressTest
@Outcome(id = "0", expect = ACCEPTABLE, desc = "Refused.")
@Outcome(id = "1", expect = FORBIDDEN, desc = "Judged by one limit of each configuration.")
@State
public class MixedConfiguration {

    private volatile int maxMessages;
    private volatile long maxBytes = 100;

    /** Updates. */
    @Actor
    public void updates() {
        maxMessages = 10;
        Thread.onSpinWait();
        maxBytes = 5;
    }

    /** Offers one message of ten bytes. */
    @Actor
    public void offers(I_Result r) {
        r.r1 = maxMessages >= 1 && maxBytes >= 10 ? 1 : 0;
    }
}
