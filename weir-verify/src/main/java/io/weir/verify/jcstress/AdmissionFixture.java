package io.weir.verify.jcstress;

import io.weir.core.Outcome;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.admission.PressureListener;
import io.weir.core.admission.Reservation;
import io.weir.core.config.WeirConfig;
import io.weir.core.config.WeirConfigBuilder;
import java.time.Duration;
import java.util.function.UnaryOperator;

/** One admission with two connections of two tenants, and the shorthands that the races share. */
class AdmissionFixture {
    static final long HOUR = Duration.ofHours(1).toNanos();

    private static final WeirConfig DEFAULTS = new WeirConfigBuilder(1L << 30)
            .enableTenantLimits(true)
            .maxMessagesPerSec(1_000_000)
            .tenantMaxMessagesPerSec(1_000_000)
            .idleTimeout(Duration.ofSeconds(1))
            .build();

    final Admission admission;
    final Connection first;
    final Connection sibling;
    final Connection stranger;

    AdmissionFixture(UnaryOperator<WeirConfigBuilder> change) {
        this.admission = new Admission(change.apply(DEFAULTS.toBuilder()).build(), PressureListener.NONE);
        this.first = admission.connection("tenant", "first", 0);
        this.sibling = admission.connection("tenant", "sibling", 0);
        this.stranger = admission.connection("other", "stranger", 0);
    }

    /** 1 if a message of that size was admitted, else 0. */
    int admit(Connection connection, Reservation reservation, int bytes) {
        return admission.admit(connection, reservation, 1, bytes, 0) == Decision.ADMITTED ? 1 : 0;
    }

    int release(Reservation reservation) {
        return admission.release(reservation, Outcome.COMPLETED) ? 1 : 0;
    }

    int pending() {
        return (int) admission.globalStats().pending().messages();
    }

    /** What the levels hold, as one number that is 0 only if all hold nothing. */
    int held() {
        return (int) (admission.globalStats().pending().bytes()
                + admission.tenantStats("tenant").orElseThrow().pending().bytes()
                + admission
                        .connectionStats("tenant", "first")
                        .orElseThrow()
                        .pending()
                        .bytes());
    }
}
