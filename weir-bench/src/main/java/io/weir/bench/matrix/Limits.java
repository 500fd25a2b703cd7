package io.weir.bench.matrix;

import com.netflix.concurrency.limits.Limit;
import com.netflix.concurrency.limits.limit.AIMDLimit;
import com.netflix.concurrency.limits.limit.Gradient2Limit;
import com.netflix.concurrency.limits.limit.VegasLimit;
import com.netflix.concurrency.limits.limit.WindowedLimit;
import io.weir.sim.goodput.Policy;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Other limiters for the matrix, as their authors ship them: Netflix's concurrency-limits. */
final class Limits {
    private Limits() {}

    static Map<String, Function<Case, Policy>> all() {
        Map<String, Function<Case, Policy>> all = new LinkedHashMap<>();
        all.put("Gradient2", played -> policy(WindowedLimit.newBuilder().build(Gradient2Limit.newDefault())));
        all.put("Vegas", played -> policy(VegasLimit.newDefault()));
        all.put(
                "AIMD",
                played -> policy(AIMDLimit.newBuilder()
                        .timeout(played.deadline(), TimeUnit.NANOSECONDS)
                        .build()));
        return all;
    }

    private static Policy policy(Limit limit) {
        return new Policy() {
            private int inside;

            @Override
            public boolean offer(long now) {
                boolean admitted = inside < limit.getLimit();
                inside += admitted ? 1 : 0;
                return admitted;
            }

            @Override
            public void finished(long now, long latency, boolean dropped) {
                limit.onSample(now - latency, latency, inside, dropped);
                inside--;
            }
        };
    }
}
