package io.weir.verify.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.weir.core.admission.Reservation;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Two connections of a tenant, bytes for one of them. */
@JCStressTest
@org.openjdk.jcstress.annotations.Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "The first passed.")
@org.openjdk.jcstress.annotations.Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "The second passed.")
@org.openjdk.jcstress.annotations.Outcome(id = "1, 1", expect = FORBIDDEN, desc = "Both passed a limit that holds one.")
@org.openjdk.jcstress.annotations.Outcome(
        id = "0, 0",
        expect = FORBIDDEN,
        desc = "Neither passed, though there was room.")
@State
public class TenantBytesLimit extends AdmissionFixture {

    public TenantBytesLimit() {
        super(b -> b.tenantMaxBytes(100));
    }

    /** Offers. */
    @Actor
    public void one(II_Result r) {
        r.r1 = admit(first, new Reservation(), 60);
    }

    /** Offers. */
    @Actor
    public void two(II_Result r) {
        r.r2 = admit(sibling, new Reservation(), 60);
    }
}
