package io.weir.verify.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.weir.core.admission.Reservation;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * An update trades messages for bytes while an offer fits neither configuration: it never passes by a mixture of both.
 */
@JCStressTest
@org.openjdk.jcstress.annotations.Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "Refused.")
@org.openjdk.jcstress.annotations.Outcome(
        id = ".*",
        expect = FORBIDDEN,
        desc = "Judged by one limit of each configuration.")
@State
public class OneConfiguration extends AdmissionFixture {

    public OneConfiguration() {
        super(b -> b.maxMessages(0).maxBytes(100));
    }

    /** Updates. */
    @Actor
    public void updates() {
        admission.update(b -> b.maxMessages(10).maxBytes(5));
    }

    /** Offers one message of ten bytes. */
    @Actor
    public void offers(II_Result r) {
        r.r1 = admit(first, new Reservation(), 10);
    }

    /** Looks what is held. */
    @Arbiter
    public void looks(II_Result r) {
        r.r2 = pending();
    }
}
