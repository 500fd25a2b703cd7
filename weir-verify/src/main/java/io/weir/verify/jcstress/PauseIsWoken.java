package io.weir.verify.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.admission.PressureListener;
import io.weir.core.admission.Reservation;
import io.weir.core.config.BackpressureAction;
import io.weir.core.config.WeirConfigBuilder;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A message is paused while the release comes that makes room for it: it is admitted, or woken. */
@JCStressTest
@Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "Found room.")
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "Paused, and woken.")
@Outcome(id = ".*", expect = FORBIDDEN, desc = "Paused for good, although there is room.")
@State
public class PauseIsWoken implements PressureListener {
    private static final long HEAP = 1L << 30;

    private final Admission admission = new Admission(
            new WeirConfigBuilder(HEAP)
                    .maxMessages(2)
                    .backpressureAction(BackpressureAction.PAUSE)
                    .build(),
            this);
    private final Connection connection = admission.connection("tenant", "connection", 0);
    private final Reservation held = new Reservation();
    private volatile int woken;

    public PauseIsWoken() {
        admission.admit(connection, held, 2, 1, 0);
    }

    @Override
    public void onPressure(Pressure pressure) {}

    @Override
    public void onDrained(String tenant, String key) {
        woken = 1;
    }

    /** Makes room. */
    @Actor
    public void releases() {
        admission.release(held, io.weir.core.Outcome.COMPLETED);
    }

    /** Offers. */
    @Actor
    public void offers(II_Result r) {
        r.r1 = admission.admit(connection, new Reservation(), 1, 1, 0) == Decision.ADMITTED ? 1 : 0;
    }

    /** Looks whether it was woken. */
    @Arbiter
    public void looks(II_Result r) {
        r.r2 = woken;
    }
}
