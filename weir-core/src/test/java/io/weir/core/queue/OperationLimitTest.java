package io.weir.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.PriorityQueue;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class OperationLimitTest {
    private static final long SECOND = 1_000_000;
    private static final int UNLIMITED = Integer.MAX_VALUE;

    /** An upstream that does so many calls at once, in the order in which they came, each for so long. */
    private static final class Upstream {
        final OperationLimit limit = new OperationLimit(Capacity.adaptive(1000));
        private final int servers;
        private long serviceMicros;
        private final long ttlMicros;
        private long now;
        private final Queue<long[]> given = new ArrayDeque<>();
        private final PriorityQueue<long[]> working = new PriorityQueue<>((a, b) -> Long.compare(a[0], b[0]));
        private long worst;
        private int most;

        Upstream(int servers, long serviceMicros, long ttlMicros) {
            this.servers = servers;
            this.serviceMicros = serviceMicros;
            this.ttlMicros = ttlMicros;
        }

        /** Gives it a call, unless the limit is reached. */
        boolean offer() {
            if (!limit.hasRoom(1)) {
                return false;
            }
            given.add(new long[] {now, limit.inFlight(), limit.inFlightTime()});
            limit.dispatched(1, ttlMicros, now);
            most = Math.max(most, limit.inFlight());
            start();
            return true;
        }

        private void start() {
            while (working.size() < servers && !given.isEmpty()) {
                long[] call = given.remove();
                working.add(new long[] {now + serviceMicros, call[0], call[1], call[2]});
            }
        }

        /** Lets time pass. */
        void run(long micros) {
            long end = now + micros;
            while (!working.isEmpty() && working.peek()[0] <= end) {
                long[] call = working.remove();
                now = call[0];
                worst = Math.max(worst, now - call[1]);
                limit.left(1, (int) call[2], call[3], now - call[1], true, ttlMicros, now);
                start();
            }
            now = end;
        }

        /** Offers one call each so many microseconds; how many the limit has stopped. */
        int load(long intervalMicros, long micros) {
            int stopped = 0;
            for (long end = now + micros; now < end; ) {
                stopped += offer() ? 0 : 1;
                run(intervalMicros);
            }
            return stopped;
        }
    }

    @Test
    void noEvidence_aBurstOfSlowCallsOnAFreshUpstream_allAtOnce() {
        Upstream upstream = new Upstream(UNLIMITED, 20 * SECOND, 60 * SECOND);

        for (int i = 0; i < 60; i++) {
            assertThat(upstream.offer()).isTrue();
        }
    }

    @Test
    void noEvidence_callsOneAfterTheOtherThenManyAtOnce_noneIsStopped() {
        Upstream upstream = new Upstream(UNLIMITED, 5 * SECOND, 30 * SECOND);
        for (int i = 0; i < 200; i++) {
            assertThat(upstream.offer()).isTrue();
            upstream.run(5 * SECOND);
        }

        for (int i = 0; i < 60; i++) {
            assertThat(upstream.offer()).isTrue();
        }
    }

    @Test
    void upstreamCopes_nothingIsEverStopped() {
        Upstream upstream = new Upstream(UNLIMITED, SECOND, 5 * SECOND);

        assertThat(upstream.load(SECOND / 100, 300 * SECOND)).isZero();
    }

    @Test
    void callsAreSlowByNature_anHourOfThem_nothingIsEverStopped() {
        Upstream upstream = new Upstream(UNLIMITED, 45 * SECOND, 60 * SECOND);

        assertThat(upstream.load(SECOND, 3600 * SECOND)).isZero();
    }

    @Test
    void coldStartInOverload_limitedBeforeCallsAreLate() {
        Upstream upstream = new Upstream(4, 5_000, 100_000);

        upstream.load(250, 2 * SECOND);

        assertThat(upstream.worst).isLessThan(100_000);
        assertThat(upstream.limit.limit()).isBetween(4, 40);
    }

    @Test
    void nothingLeavesForLongerThanACallMayStay_noMoreThanTwiceAsManyAsBefore() {
        Upstream upstream = new Upstream(4, 5_000, 100_000);
        upstream.load(5_000, SECOND);

        upstream.serviceMicros = 600 * SECOND;
        upstream.load(1_000, 10 * SECOND);

        assertThat(upstream.most).isLessThan(100);
    }

    @Test
    void longOverload_limitComesDownNearWhatTheUpstreamCanUse() {
        Upstream upstream = new Upstream(4, 5_000, 100_000);

        upstream.load(250, 20 * SECOND);

        assertThat(upstream.limit.limit()).isBetween(4, 16);
    }

    @Test
    void overloadIsOver_theLimitIsForgotten() {
        Upstream upstream = new Upstream(4, 5_000, 100_000);
        upstream.load(250, 20 * SECOND);

        upstream.run(SECOND);
        upstream.load(4_000, 10 * SECOND);

        assertThat(upstream.limit.limit()).isEqualTo(Capacity.MAX);
    }

    @Test
    void callsBecomeSlowByNature_theLimitFollows() {
        Upstream upstream = new Upstream(UNLIMITED, SECOND, 12 * SECOND);
        upstream.load(SECOND / 20, 60 * SECOND);

        upstream.serviceMicros = 8 * SECOND;
        upstream.load(SECOND / 20, 600 * SECOND);

        assertThat(upstream.limit.inFlight()).isGreaterThan(100);
    }

    @Test
    void capacityIsFixed_noLimitOfItsOwn() {
        OperationLimit limit = new OperationLimit(Capacity.fixed(8));
        for (int i = 0; i < 1000; i++) {
            limit.dispatched(1, SECOND, i);
        }
        for (int i = 0; i < 999; i++) {
            limit.left(1, 0, 0, 1_000 * SECOND, true, SECOND, 1_000 * SECOND * i);
        }

        assertThat(limit.limit()).isEqualTo(Capacity.MAX);
    }

    @Test
    void oneCall_isNeverStopped_howeverSmallTheLimit() {
        Upstream upstream = new Upstream(1, SECOND, 2 * SECOND);
        upstream.load(SECOND / 100, 30 * SECOND);
        upstream.run(3600 * SECOND);

        assertThat(upstream.limit.inFlight()).isZero();
        assertThat(upstream.limit.hasRoom(1000)).isTrue();
    }
}
