package io.weir.verify;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import io.weir.core.Outcome;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.admission.PressureListener;
import io.weir.core.admission.Reservation;
import io.weir.core.config.WeirConfigBuilder;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;

/**
 * Linearizability of admit, release, update and close. Nothing runs before the threads do: a prefix that fills the
 * limit would hide an overshoot.
 */
class LincheckTest {

    private static ModelCheckingOptions modelChecking(Class<?> specification) {
        return new ModelCheckingOptions()
                .actorsBefore(0)
                .actorsAfter(1)
                .threads(2)
                .actorsPerThread(2)
                .iterations(Effort.of(3, 6, 200))
                .invocationsPerIteration(Effort.of(100, 300, 10_000))
                // What is immutable has no interleavings, and there is much of it in an update.
                .addGuarantee(forClasses(name -> name.startsWith("io.weir.core.config."))
                        .allMethods()
                        .ignore())
                .sequentialSpecification(specification);
    }

    private static StressOptions stress(Class<?> specification) {
        return new StressOptions()
                .actorsBefore(0)
                .actorsAfter(1)
                .threads(2)
                .actorsPerThread(3)
                .iterations(Effort.of(3, 6, 200))
                .invocationsPerIteration(Effort.of(300, 500, 20_000))
                .sequentialSpecification(specification);
    }

    @Test
    void limits_admitAndRelease_areLinearizable() {
        modelChecking(LimitsModel.class).check(Limits.class);
        stress(LimitsModel.class).check(Limits.class);
    }

    @Test
    void limits_updateAndCloseBesideAClient_areLinearizable() {
        modelChecking(GovernedModel.class).check(Governed.class);
        stress(GovernedModel.class).check(Governed.class);
    }

    @Test
    void release_ofOneHolding_isLinearizable() {
        modelChecking(ReleaseModel.class).check(Release.class);
        stress(ReleaseModel.class).check(Release.class);
    }

    @Test
    void plantedOvershoot_isCaught() {
        assertThatThrownBy(() -> modelChecking(LimitsModel.class).check(RacyLimits.class))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("Invalid execution results");
    }

    @Test
    void plantedMixedConfiguration_isCaught() {
        assertThatThrownBy(() -> modelChecking(GovernedModel.class).check(MixedConfiguration.class))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("Invalid execution results");
    }

    @Test
    void plantedCloseThatIsNotSeen_isCaught() {
        assertThatThrownBy(() -> modelChecking(GovernedModel.class).check(CloseNotSeen.class))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("Invalid execution results");
    }

    @Test
    void plantedDoubleRelease_isCaught() {
        assertThatThrownBy(() -> modelChecking(ReleaseModel.class).check(RacyRelease.class))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("Invalid execution results");
    }

    /** The operations that are checked: a permit is its owner's, so those on one permit do not run in parallel. */
    public abstract static class LimitsOperations {
        abstract boolean admit(int reservation);

        abstract boolean release(int reservation);

        @Operation(nonParallelGroup = "reservation 0")
        public boolean admitFirst() {
            return admit(0);
        }

        @Operation(nonParallelGroup = "reservation 0")
        public boolean releaseFirst() {
            return release(0);
        }

        @Operation(nonParallelGroup = "reservation 1")
        public boolean admitSecond() {
            return admit(1);
        }

        @Operation(nonParallelGroup = "reservation 1")
        public boolean releaseSecond() {
            return release(1);
        }
    }

    /** The core. */
    public static class Limits extends LimitsOperations {
        private final Admission admission = new Admission(
                new WeirConfigBuilder(1L << 30)
                        .maxMessages(1)
                        .maxMessagesPerSec(1_000_000)
                        .build(),
                PressureListener.NONE);
        private final Connection connection = admission.connection("t", "c", 0);
        private final Reservation[] permits = {new Reservation(), new Reservation()};

        @Override
        boolean admit(int reservation) {
            return !permits[reservation].isHeld()
                    && admission.admit(connection, permits[reservation], 1, 1, 0) == Decision.ADMITTED;
        }

        @Override
        boolean release(int reservation) {
            return admission.release(permits[reservation], Outcome.COMPLETED);
        }
    }

    /** What the core must be like. */
    public static class LimitsModel extends LimitsOperations {
        private final boolean[] held = new boolean[2];

        private int pending() {
            return (held[0] ? 1 : 0) + (held[1] ? 1 : 0);
        }

        @Override
        boolean admit(int reservation) {
            if (held[reservation] || pending() == 1) {
                return false;
            }
            held[reservation] = true;
            return true;
        }

        @Override
        boolean release(int reservation) {
            boolean was = held[reservation];
            held[reservation] = false;
            return was;
        }
    }

    /** The planted bug: the limit is looked at and then recorded. */
    public static class RacyLimits extends LimitsOperations {
        private final AtomicInteger pending = new AtomicInteger();
        private final boolean[] held = new boolean[2];

        @Override
        boolean admit(int reservation) {
            if (held[reservation] || pending.get() == 1) {
                return false;
            }
            pending.incrementAndGet();
            held[reservation] = true;
            return true;
        }

        @Override
        boolean release(int reservation) {
            if (!held[reservation]) {
                return false;
            }
            held[reservation] = false;
            pending.decrementAndGet();
            return true;
        }
    }

    /**
     * An operator beside one client that offers ten bytes at a time. Several clients are left out on purpose: a
     * reservation that is taken back, because the configuration was replaced under it, may reject another offer
     * meanwhile.
     */
    public abstract static class GovernedOperations {
        abstract boolean admit();

        abstract void limits(int messages, int bytes);

        abstract void close();

        @Operation(nonParallelGroup = "client")
        public boolean offer() {
            return admit();
        }

        /** One message at a time, too few bytes for an offer. */
        @Operation(nonParallelGroup = "operator")
        public void fewBytes() {
            limits(10, 5);
        }

        /** Bytes for many, no message. */
        @Operation(nonParallelGroup = "operator")
        public void noMessages() {
            limits(0, 100);
        }

        /** Room for all. */
        @Operation(nonParallelGroup = "operator")
        public void open() {
            limits(10, 100);
        }

        @Operation(nonParallelGroup = "operator")
        public void end() {
            close();
        }
    }

    /** The core. */
    public static class Governed extends GovernedOperations {
        private final Admission admission = new Admission(
                new WeirConfigBuilder(1L << 30)
                        .maxMessages(0)
                        .maxBytes(100)
                        .maxMessagesPerSec(1_000_000)
                        .build(),
                PressureListener.NONE);
        private final Connection connection = admission.connection("t", "c", 0);

        @Override
        boolean admit() {
            Reservation reservation = new Reservation();
            boolean admitted = admission.admit(connection, reservation, 1, 10, 0) == Decision.ADMITTED;
            admission.release(reservation, Outcome.COMPLETED);
            return admitted;
        }

        @Override
        void limits(int messages, int bytes) {
            admission.update(b -> b.maxMessages(messages).maxBytes(bytes));
        }

        @Override
        void close() {
            admission.close();
        }
    }

    /** What the core must be like. */
    public static class GovernedModel extends GovernedOperations {
        private int messages;
        private int bytes = 100;
        private boolean closed;

        @Override
        boolean admit() {
            return !closed && messages >= 1 && bytes >= 10;
        }

        @Override
        void limits(int maxMessages, int maxBytes) {
            messages = maxMessages;
            bytes = maxBytes;
        }

        @Override
        void close() {
            closed = true;
        }
    }

    /** The planted bug: the two bounds of a configuration are replaced, and read, one after the other. */
    public static class MixedConfiguration extends GovernedOperations {
        private volatile int messages;
        private volatile int bytes = 100;
        private volatile boolean closed;

        @Override
        boolean admit() {
            return !closed && messages >= 1 && bytes >= 10;
        }

        @Override
        void limits(int maxMessages, int maxBytes) {
            messages = maxMessages;
            bytes = maxBytes;
        }

        @Override
        void close() {
            closed = true;
        }
    }

    /** The planted bug: a client asks whether it is closed only at its first offer. */
    public static class CloseNotSeen extends GovernedOperations {
        private final GovernedModel model = new GovernedModel();
        private volatile int asked;
        private volatile boolean closed;

        @Override
        synchronized boolean admit() {
            asked++;
            return (asked > 1 || !closed) && model.admit();
        }

        @Override
        synchronized void limits(int maxMessages, int maxBytes) {
            model.limits(maxMessages, maxBytes);
        }

        @Override
        synchronized void close() {
            closed = true;
        }
    }

    /** Releases of one holding, from any thread. */
    public abstract static class ReleaseOperations {
        @Operation
        public abstract boolean release();
    }

    /** The core. */
    public static class Release extends ReleaseOperations {
        private final Admission admission =
                new Admission(new WeirConfigBuilder(1L << 30).build(), PressureListener.NONE);
        private final Reservation reservation = new Reservation();

        public Release() {
            admission.admit(admission.connection("t", "c", 0), reservation, 1, 1, 0);
        }

        @Override
        public boolean release() {
            return admission.release(reservation, Outcome.COMPLETED);
        }
    }

    /** What the core must be like. */
    public static class ReleaseModel extends ReleaseOperations {
        private boolean held = true;

        @Override
        public boolean release() {
            boolean was = held;
            held = false;
            return was;
        }
    }

    /** The planted bug: whether it is held is looked at and then cleared. */
    public static class RacyRelease extends ReleaseOperations {
        private volatile boolean held = true;

        @Override
        public boolean release() {
            boolean was = held;
            held = false;
            return was;
        }
    }
}
