package io.weir.bench.decision;

import io.weir.core.Acquisition;
import io.weir.core.Permit;
import io.weir.core.Rejection;
import io.weir.core.config.Profile;
import io.weir.core.limiter.Limiter;
import java.math.BigDecimal;
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

/** Acquire and release by the limiter for embedders: the system's clock, and the connection found by its names. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LimiterDecisions {
    private static final int MAX_RATE = 1_000_000;

    /** The process under measurement. Its bursts are so large that no rate rejects within a run. */
    @State(Scope.Benchmark)
    public static class Shared {
        final Limiter limiter = Limiter.builder()
                .profile(Profile.PRODUCTION)
                .configure(config -> config.maxMessagesPerSec(MAX_RATE)
                        .tenantMaxMessagesPerSec(MAX_RATE)
                        .burstMultiplier(new BigDecimal("1000")))
                .build();

        @TearDown
        public void close() {
            limiter.close();
        }
    }

    /** A thread with a connection of its own. */
    @State(Scope.Thread)
    public static class Own {
        String connection = "";

        @Setup
        public void name(ThreadParams thread) {
            connection = "connection-" + thread.getThreadIndex();
        }
    }

    @Benchmark
    public boolean oneThread(Shared shared, Own own) {
        return acquireAndComplete(shared, own);
    }

    @Benchmark
    @Threads(2)
    public boolean twoThreadsOfOneTenant(Shared shared, Own own) {
        return acquireAndComplete(shared, own);
    }

    @Benchmark
    public Rejection rejected(Shared shared, Own own) {
        Acquisition result = shared.limiter.tryAcquire("tenant", own.connection, 2_000, MeasuredAdmission.BYTES);
        if (result instanceof Rejection no) {
            return no;
        }
        throw new IllegalStateException("Admitted " + result);
    }

    private static boolean acquireAndComplete(Shared shared, Own own) {
        if (shared.limiter.tryAcquire("tenant", own.connection, MeasuredAdmission.BYTES) instanceof Permit permit) {
            try (permit) {
                return permit.completed();
            }
        }
        throw new IllegalStateException("Rejected");
    }
}
