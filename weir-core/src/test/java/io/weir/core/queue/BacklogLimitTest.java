package io.weir.core.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.admission.Decision;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import org.junit.jupiter.api.Test;

/** Quick calls beside slow ones, at upstreams whose workers take calls in their order. */
class BacklogLimitTest {
    private static final long MS = QueueFixture.MS;
    private static final long SECOND = QueueFixture.SECOND;
    private static final int UNLIMITED = Integer.MAX_VALUE;

    /** One operation's calls, which take so long and come at even intervals, and what became of them. */
    private static final class Load {
        final String operation;
        long takes;
        long interval;
        long next;
        long worst;
        int answered;

        Load(String operation) {
            this.operation = operation;
        }

        /** From then on. */
        void set(long newTakes, long newInterval, long from) {
            takes = newTakes;
            interval = newInterval;
            next = from;
        }
    }

    private record Working(long until, Load load, Offer offer) {}

    /** An upstream with so many workers. */
    private static final class Upstream {
        final QueueFixture scene = new QueueFixture(QueuePolicy.DEFAULT, b -> b);
        private int workers;
        private final List<Load> loads = new ArrayList<>();
        private final Queue<Offer> given = new ArrayDeque<>();
        private final PriorityQueue<Working> working = new PriorityQueue<>(
                Comparator.comparingLong(Working::until).thenComparingLong(each -> each.offer.order));
        private int maxInFlight;
        private int timesLimited;

        Upstream(int workers) {
            this.workers = workers;
        }

        Load load(String operation, long takes, long interval) {
            Load load = new Load(operation);
            load.set(takes, interval, scene.now);
            loads.add(load);
            return load;
        }

        void run(long nanos) {
            loads.forEach(each -> {
                each.worst = 0;
                each.answered = 0;
            });
            maxInFlight = 0;
            timesLimited = 0;
            for (long end = scene.now + nanos; ; ) {
                Load sends = loads.stream()
                        .min(Comparator.comparingLong(each -> each.next))
                        .orElseThrow();
                Working ends = working.peek();
                boolean answers = ends != null && ends.until <= sends.next;
                long now = answers ? ends.until : sends.next;
                if (now >= end) {
                    scene.now = end;
                    return;
                }
                scene.now = now;
                scene.queue.tick(now);
                if (answers) {
                    answer(working.remove());
                } else {
                    send(sends);
                }
                work();
            }
        }

        private void send(Load load) {
            load.next += load.interval;
            Offer call = scene.callOf(load.operation, load.operation);
            if (scene.offer(call) == Decision.DISPATCHED) {
                given.add(call);
            }
        }

        private void answer(Working done) {
            scene.finish(done.offer);
            done.load.worst = Math.max(done.load.worst, scene.now - done.offer.offeredAt);
            done.load.answered++;
        }

        private void work() {
            given.addAll(scene.dispatched);
            scene.dispatched.clear();
            while (working.size() < workers && !given.isEmpty()) {
                Offer call = given.remove();
                Load load = loads.stream()
                        .filter(each -> each.operation.equals(call.operation()))
                        .findFirst()
                        .orElseThrow();
                working.add(new Working(scene.now + load.takes, load, call));
            }
            QueueStats stats = scene.queue.stats(scene.now);
            maxInFlight = Math.max(maxInFlight, (int) stats.inFlight());
            timesLimited += stats.backlog() == null ? 0 : 1;
        }

        boolean isLimited() {
            return scene.queue.stats(scene.now).backlog() != null;
        }
    }

    @Test
    void slowCallsFillTheWorkers_quickOnesSoonGoBesideThem() {
        Upstream upstream = new Upstream(8);
        Load quick = upstream.load("quick", 5 * MS, 10 * MS);
        upstream.run(10 * SECOND);
        Load slow = upstream.load("slow", 2 * SECOND, 125 * MS);
        upstream.run(60 * SECOND);

        upstream.run(60 * SECOND);

        assertThat(quick.worst).isLessThan(SECOND);
        assertThat(quick.answered).isGreaterThan(5_700);
        assertThat(slow.answered).isGreaterThan(200);
        assertThat(upstream.maxInFlight).isBetween(7, 12);
    }

    @Test
    void upstreamThatIsNeverFull_isNeverLimited() {
        Upstream upstream = new Upstream(UNLIMITED);
        Load quick = upstream.load("quick", 5 * MS, 10 * MS);
        Load slow = upstream.load("slow", 20 * SECOND, 125 * MS);

        upstream.run(120 * SECOND);

        assertThat(upstream.timesLimited).isZero();
        assertThat(quick.worst).isEqualTo(5 * MS);
        assertThat(slow.worst).isEqualTo(20 * SECOND);
    }

    @Test
    void operationThatBecomesSlow_whileOthersComeAndGo_isNotTakenForOneThatWaits() {
        Upstream upstream = new Upstream(UNLIMITED);
        Load other = upstream.load("other", 20 * MS, 5 * MS);
        Load changes = upstream.load("changes", MS, 100 * MS);
        upstream.run(60 * SECOND);
        changes.set(5 * SECOND, SECOND, upstream.scene.now);

        upstream.run(120 * SECOND);

        assertThat(upstream.timesLimited).isZero();
        assertThat(other.worst).isEqualTo(20 * MS);
        assertThat(changes.worst).isEqualTo(5 * SECOND);
    }

    @Test
    void operationThatBecomesSlow_besideSlowOnes_isSoonKnownToBeSlow() {
        Upstream upstream = new Upstream(UNLIMITED);
        Load slow = upstream.load("slow", 20 * SECOND, SECOND);
        Load changes = upstream.load("changes", MS, 100 * MS);
        upstream.run(60 * SECOND);
        changes.set(5 * SECOND, 500 * MS, upstream.scene.now);
        upstream.run(120 * SECOND);

        upstream.run(120 * SECOND);

        assertThat(upstream.timesLimited).isZero();
        assertThat(slow.answered).isEqualTo(120);
        assertThat(changes.answered).isEqualTo(240);
    }

    @Test
    void operationWhoseCallsNeverComeBack_isNotTakenForOneThatWaits() {
        Upstream upstream = new Upstream(UNLIMITED);
        Load slow = upstream.load("slow", 20 * SECOND, SECOND);
        Load changes = upstream.load("changes", MS, 100 * MS);
        upstream.run(60 * SECOND);
        changes.set(3_600 * SECOND, 60 * SECOND, upstream.scene.now);
        upstream.run(180 * SECOND);

        upstream.run(120 * SECOND);

        assertThat(upstream.timesLimited).isZero();
        assertThat(slow.answered).isEqualTo(120);
    }

    @Test
    void upstreamGetsMoreWorkers_limitFollows_evenIfNoQuickCallsComeAnyMore() {
        Upstream upstream = new Upstream(8);
        Load quick = upstream.load("quick", 5 * MS, 10 * MS);
        upstream.run(10 * SECOND);
        Load slow = upstream.load("slow", 2 * SECOND, 125 * MS);
        upstream.run(60 * SECOND);
        assertThat(upstream.isLimited()).isTrue();
        upstream.workers = 64;
        quick.set(5 * MS, 3_600 * SECOND, upstream.scene.now);
        upstream.run(60 * SECOND);

        upstream.run(60 * SECOND);

        assertThat(slow.answered).isEqualTo(480);
        assertThat(slow.worst).isEqualTo(2 * SECOND);
    }

    @Test
    void quickCallsBecomeSlowWhileLimited_limitRisesAllTheSame() {
        Upstream upstream = new Upstream(8);
        Load quick = upstream.load("quick", 5 * MS, 10 * MS);
        upstream.run(10 * SECOND);
        Load slow = upstream.load("slow", 2 * SECOND, 125 * MS);
        upstream.run(60 * SECOND);
        assertThat(upstream.isLimited()).isTrue();
        upstream.workers = UNLIMITED;
        quick.set(100 * MS, 200 * MS, upstream.scene.now);
        upstream.run(120 * SECOND);

        upstream.run(60 * SECOND);

        assertThat(slow.answered).isEqualTo(480);
        assertThat(slow.worst).isEqualTo(2 * SECOND);
    }

    @Test
    void limit_isGoneOnceTheSlowCallsAre() {
        Upstream upstream = new Upstream(8);
        upstream.load("quick", 5 * MS, 10 * MS);
        upstream.run(10 * SECOND);
        Load slow = upstream.load("slow", 2 * SECOND, 125 * MS);
        upstream.run(60 * SECOND);
        assertThat(upstream.isLimited()).isTrue();
        slow.set(10 * MS, SECOND, upstream.scene.now);

        upstream.run(60 * SECOND);

        assertThat(upstream.isLimited()).isFalse();
    }
}
