package io.weir.bench.decision;

import io.weir.core.Outcome;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.admission.PressureListener;
import io.weir.core.admission.Reservation;
import io.weir.core.config.Profile;
import io.weir.core.config.WeirConfigBuilder;
import java.util.function.UnaryOperator;

/**
 * An admission to measure, and the offering of one message of 300 bytes on a clock that counts rather than reads time.
 */
final class MeasuredAdmission {
    static final int BYTES = 300;

    private static final long HEAP = 1L << 32;
    private static final int MAX_RATE = 1_000_000;
    private static final long TICK_NANOS = 10_000;

    private MeasuredAdmission() {}

    /** The production profile, its rates at the most, so that a clock that ticks 10 µs a message never meets them. */
    static Admission admission(UnaryOperator<WeirConfigBuilder> change) {
        WeirConfigBuilder builder = Profile.PRODUCTION
                .builder(HEAP)
                .maxMessagesPerSec(MAX_RATE)
                .tenantMaxMessagesPerSec(MAX_RATE)
                .controlMaxMessagesPerSec(MAX_RATE);
        return new Admission(change.apply(builder).build(), PressureListener.NONE);
    }

    /** What one thread offers messages with. Not thread-safe. */
    static final class Client {
        private final Admission admission;
        private final Connection connection;
        private final Reservation reservation = new Reservation();
        private long now;

        Client(Admission admission, String key) {
            this.admission = admission;
            this.connection = admission.connection("tenant", key, now);
        }

        Decision admit() {
            return admission.admit(connection, reservation, 1, BYTES, tick());
        }

        Decision admitControl() {
            return admission.admitControl(connection, reservation, 1, BYTES, tick());
        }

        /** One refusal at a time that does not pass, so that no rate recovers. */
        Decision admitAtOnce() {
            return admission.admit(connection, reservation, 1, BYTES, now);
        }

        boolean release() {
            return admission.release(reservation, Outcome.COMPLETED);
        }

        Client requireAdmitted(Decision decision) {
            return require(decision, Decision.ADMITTED);
        }

        Client require(Decision decision, Decision expected) {
            if (decision != expected) {
                throw new IllegalStateException(
                        "Decided " + decision + " by " + reservation.reason() + " instead of " + expected);
            }
            return this;
        }

        private long tick() {
            now += TICK_NANOS;
            return now;
        }
    }
}
