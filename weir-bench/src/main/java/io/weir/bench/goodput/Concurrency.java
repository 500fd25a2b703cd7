package io.weir.bench.goodput;

import com.netflix.concurrency.limits.Limit;
import com.netflix.concurrency.limits.limit.FixedLimit;
import com.netflix.concurrency.limits.limit.Gradient2Limit;
import com.netflix.concurrency.limits.limit.VegasLimit;
import com.netflix.concurrency.limits.limit.WindowedLimit;
import io.weir.sim.goodput.Policy;

/** Lets in as many at a time as a limit of Netflix's concurrency-limits allows, which learns from every round trip. */
final class Concurrency implements Policy {
    private final Limit limit;
    private int inside;

    private Concurrency(Limit limit) {
        this.limit = limit;
    }

    static Policy fixed(int most) {
        return new Concurrency(FixedLimit.of(most));
    }

    static Policy vegas() {
        return new Concurrency(VegasLimit.newDefault());
    }

    static Policy gradient2() {
        return new Concurrency(WindowedLimit.newBuilder().build(Gradient2Limit.newDefault()));
    }

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
}
