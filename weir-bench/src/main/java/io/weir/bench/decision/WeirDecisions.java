package io.weir.bench.decision;

import io.weir.core.admission.Admission;
import io.weir.core.admission.Decision;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.infra.ThreadParams;

/** Admit and release by the path of the gateway: rates, connection, tenant and global limits, all counters. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class WeirDecisions {
    /** The process under measurement. */
    @State(Scope.Benchmark)
    public static class Shared {
        final Admission admission = MeasuredAdmission.admission(builder -> builder);

        @TearDown
        public void close() {
            admission.close();
        }
    }

    /** A thread with a connection of its own. */
    @State(Scope.Thread)
    public static class Own {
        MeasuredAdmission.Client client;

        @Setup
        public void open(Shared shared, ThreadParams thread) {
            client = new MeasuredAdmission.Client(shared.admission, "connection-" + thread.getThreadIndex());
            client.requireAdmitted(client.admit());
            client.release();
        }
    }

    /** A thread that shares its connection with the others. */
    @State(Scope.Thread)
    public static class Common {
        MeasuredAdmission.Client client;

        @Setup
        public void open(Shared shared) {
            client = new MeasuredAdmission.Client(shared.admission, "connection");
        }
    }

    @Benchmark
    public Decision oneThread(Own state) {
        Decision decision = state.client.admit();
        state.client.release();
        return decision;
    }

    @Benchmark
    @Threads(2)
    public Decision twoThreadsOfOneTenant(Own state) {
        Decision decision = state.client.admit();
        state.client.release();
        return decision;
    }

    @Benchmark
    @Threads(2)
    public Decision twoThreadsOnOneConnection(Common state) {
        Decision decision = state.client.admit();
        state.client.release();
        return decision;
    }

    @Benchmark
    public Decision controlLane(Own state) {
        Decision decision = state.client.admitControl();
        state.client.release();
        return decision;
    }
}
