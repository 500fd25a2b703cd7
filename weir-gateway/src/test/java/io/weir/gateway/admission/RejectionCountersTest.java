package io.weir.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RejectionCountersTest {
    private static final long INTERVAL = 10;

    private final RejectionCounters counters = new RejectionCounters();
    private final RejectionCounters.Reader reader = counters.reader();

    @Test
    void take_ofNothing_isEmpty() {
        assertThat(reader.take(0, INTERVAL)).isEmpty();
    }

    @Test
    void take_ofFirstRejections_reportsAtOnceWithTheMostAffectedTenant() {
        counters.count("files", "wait", "acme", 1);
        counters.count("files", "wait", "globex", 3);
        counters.count("files", "rate", "acme", 2);

        assertThat(reader.take(1, INTERVAL))
                .containsExactly(
                        new RejectionCounters.Report("files", "rate", 2, 0, List.of(of("acme", 2))),
                        new RejectionCounters.Report("files", "wait", 4, 0, List.of(of("globex", 3), of("acme", 1))));
    }

    @Test
    void take_withinTheInterval_keepsTheCountForTheNextReport() {
        counters.count("files", "wait", "acme", 1);
        reader.take(0, INTERVAL);
        counters.count("files", "wait", "acme", 2);
        counters.count("files", "wait", "acme", 3);

        assertThat(reader.take(INTERVAL - 1, INTERVAL)).isEmpty();
        assertThat(reader.take(INTERVAL, INTERVAL))
                .containsExactly(new RejectionCounters.Report("files", "wait", 5, INTERVAL, List.of(of("acme", 5))));
        assertThat(reader.take(2 * INTERVAL, INTERVAL)).isEmpty();
    }

    @Test
    void count_ofMoreTenantsThanTheBound_countsTheRestAsOne() {
        for (int i = 0; i < RejectionCounters.MAX_TENANTS + 100; i++) {
            counters.count("files", "wait", "tenant-" + i, 1);
        }

        RejectionCounters.Report all = reader.take(0, INTERVAL).get(0);
        assertThat(all.messages()).isEqualTo(RejectionCounters.MAX_TENANTS + 100);
        assertThat(all.tenants())
                .hasSize(RejectionCounters.MAX_TENANTS + 1)
                .startsWith(of(RejectionCounters.OTHER_TENANTS, 100));
    }

    @Test
    void count_besideReports_reportsEachMessageOnce() throws InterruptedException {
        int threads = 4;
        int each = 50_000;
        List<Thread> counting = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            Thread thread = new Thread(() -> {
                for (int i = 0; i < each; i++) {
                    counters.count("files", "wait", "acme", 1);
                }
            });
            counting.add(thread);
            thread.start();
        }
        long now = 0;
        long reported = 0;
        while (counting.stream().anyMatch(Thread::isAlive)) {
            now += INTERVAL;
            reported += messages(reader.take(now, INTERVAL));
        }
        for (Thread thread : counting) {
            thread.join();
        }
        reported += messages(reader.take(now + INTERVAL, INTERVAL));

        assertThat(reported).isEqualTo((long) threads * each);
    }

    @Test
    void take_ofSeveralReaders_givesEachOfThemEverything() {
        RejectionCounters.Reader other = counters.reader();
        counters.count("files", "wait", "acme", 1);
        reader.take(0, INTERVAL);
        counters.count("files", "wait", "globex", 2);

        assertThat(other.take(5, 0))
                .containsExactly(
                        new RejectionCounters.Report("files", "wait", 3, 0, List.of(of("globex", 2), of("acme", 1))));
        assertThat(reader.take(INTERVAL, INTERVAL))
                .containsExactly(new RejectionCounters.Report("files", "wait", 2, INTERVAL, List.of(of("globex", 2))));
    }

    private static RejectionCounters.TenantRejections of(String tenant, long messages) {
        return new RejectionCounters.TenantRejections(tenant, messages);
    }

    private static long messages(List<RejectionCounters.Report> reports) {
        return reports.stream().mapToLong(RejectionCounters.Report::messages).sum();
    }
}
