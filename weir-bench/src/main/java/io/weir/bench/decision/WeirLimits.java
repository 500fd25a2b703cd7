package io.weir.bench.decision;

import io.weir.core.admission.LimitsAlone;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.infra.ThreadParams;

/** Admit and release by connection, tenant and global limits, in messages and bytes, without the rates. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class WeirLimits {
    /** The process under measurement. */
    @State(Scope.Benchmark)
    public static class Shared {
        final LimitsAlone.Shared limits = new LimitsAlone.Shared();
    }

    /** A thread with a connection of its own. */
    @State(Scope.Thread)
    public static class Own {
        LimitsAlone limits;

        @Setup
        public void open(Shared shared, ThreadParams thread) {
            limits = shared.limits.open("connection-" + thread.getThreadIndex());
            if (!limits.admit() || !limits.release()) {
                throw new IllegalStateException("Not admitted");
            }
        }
    }

    @Benchmark
    public boolean oneThread(Own state) {
        return state.limits.admit() && state.limits.release();
    }

    @Benchmark
    @Threads(2)
    public boolean twoThreadsOfOneTenant(Own state) {
        return state.limits.admit() && state.limits.release();
    }
}
