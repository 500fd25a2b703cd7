package io.weir.core.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.Outcome;
import io.weir.core.config.WeirConfig;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TenantConnectionsTest {
    private final Admission admission = new Admission(WeirConfig.defaults(1L << 30), PressureListener.NONE);
    private final Global global = new Global(PressureListener.NONE, false);
    private final AtomicInteger known = new AtomicInteger();
    private final TenantConnections connections =
            new TenantConnections(new Tenant("acme", global, PressureListener.NONE, 0), TenantPlaces.NONE, known);

    @Test
    void connection_thatTwoCleanUpsFind_isForgottenAndCountedOnce() {
        Connection connection = connections.findOrMake("session", PressureListener.NONE, 0);
        Reservation reservation = new Reservation();
        assertThat(admission.admit(connection, reservation, 1, 100, 0)).isEqualTo(Decision.ADMITTED);
        assertThat(admission.release(reservation, Outcome.COMPLETED)).isTrue();
        long later = 1_000_000_000_000L;

        assertThat(connections.forgetIfIdle(connection, later, 1)).isTrue();
        assertThat(connections.forgetIfIdle(connection, later, 1)).isFalse();

        assertThat(connections.stats().flow().completed().messages()).isOne();
        assertThat(known).hasValue(0);
    }
}
