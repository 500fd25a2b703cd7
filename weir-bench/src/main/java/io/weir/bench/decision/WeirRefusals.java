package io.weir.bench.decision;

import io.weir.core.admission.Admission;
import io.weir.core.admission.Decision;
import io.weir.core.config.WeirConfigBuilder;
import java.math.BigDecimal;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** One refusal by each limit, counted, its reason left in the permit; nothing is encoded. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class WeirRefusals {
    /** A limit of one message, which is taken; the refused connection is the one that holds it or another. */
    private static MeasuredAdmission.Client refused(UnaryOperator<WeirConfigBuilder> limit, boolean byItsOwn) {
        Admission admission = MeasuredAdmission.admission(limit);
        MeasuredAdmission.Client holder = new MeasuredAdmission.Client(admission, "holder");
        holder.requireAdmitted(holder.admit());
        MeasuredAdmission.Client refused = new MeasuredAdmission.Client(admission, byItsOwn ? "holder" : "refused");
        return refused.require(refused.admit(), Decision.REFUSED);
    }

    /** The connection is full. */
    @State(Scope.Thread)
    public static class FullConnection {
        MeasuredAdmission.Client client;

        @Setup
        public void fill() {
            client = refused(builder -> builder.maxMessages(1), true);
        }
    }

    /** The tenant is full. */
    @State(Scope.Thread)
    public static class FullTenant {
        MeasuredAdmission.Client client;

        @Setup
        public void fill() {
            client = refused(builder -> builder.tenantMaxMessages(1), false);
        }
    }

    /** The process is full. */
    @State(Scope.Thread)
    public static class FullProcess {
        MeasuredAdmission.Client client;

        @Setup
        public void fill() {
            client = refused(builder -> builder.globalMaxMessages(1), false);
        }
    }

    /** The connection's bucket is empty. */
    @State(Scope.Thread)
    public static class SpentRate {
        MeasuredAdmission.Client client;

        @Setup
        public void spend() {
            client = new MeasuredAdmission.Client(
                    MeasuredAdmission.admission(
                            builder -> builder.maxMessagesPerSec(1).burstMultiplier(BigDecimal.ONE)),
                    "connection");
            client.requireAdmitted(client.admit());
            client.release();
            client.require(client.admitAtOnce(), Decision.REFUSED);
        }
    }

    @Benchmark
    public Decision byConnection(FullConnection state) {
        return state.client.admit();
    }

    @Benchmark
    public Decision byTenant(FullTenant state) {
        return state.client.admit();
    }

    @Benchmark
    public Decision byProcess(FullProcess state) {
        return state.client.admit();
    }

    @Benchmark
    public Decision byRate(SpentRate state) {
        return state.client.admitAtOnce();
    }
}
