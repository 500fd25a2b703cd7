package io.weir.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.gateway.admission.RejectionCounters.Report;
import io.weir.gateway.admission.RejectionCounters.TenantRejections;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class IncidentsTest {
    private final List<Report> reports = new ArrayList<>();
    private final Incidents incidents = new Incidents(nanos -> {
        List<Report> now = List.copyOf(reports);
        reports.clear();
        return now;
    });
    private long second;

    private void reject(String upstream, String reason, String tenant, long messages) {
        reports.add(new Report(upstream, reason, messages, 0, List.of(new TenantRejections(tenant, messages))));
    }

    private void look() {
        incidents.look(TimeUnit.SECONDS.toNanos(second), 1000 * second, second);
        second++;
    }

    private void quiet(long seconds) {
        for (int i = 0; i < seconds; i++) {
            look();
        }
    }

    @Test
    void look_atRejections_opensAnIncident_withItsTenantsMostFirst() {
        look();
        reject("files", "rate", "acme", 2);
        reject("files", "rate", "globex", 5);
        assertThat(incidents.look(TimeUnit.SECONDS.toNanos(1), 1000, 1)).containsEntry("rate", 7L);

        assertThat(incidents.current())
                .containsExactly(new Incidents.Incident(
                        "files",
                        "rate",
                        1000,
                        1000,
                        7,
                        7,
                        List.of(new TenantRejections("globex", 5), new TenantRejections("acme", 2)),
                        List.of(new TenantRejections("globex", 5), new TenantRejections("acme", 2))));
    }

    @Test
    void look_whileItGoesOn_keepsTheTimeOfTheFirstRejection_andCountsLatelyOverTenSeconds() {
        reject("files", "wait", "acme", 100);
        look();
        quiet(4);
        reject("files", "wait", "acme", 1);
        look();
        assertThat(incidents.current())
                .extracting(Incidents.Incident::since, Incidents.Incident::last, Incidents.Incident::messages)
                .containsExactly(org.assertj.core.groups.Tuple.tuple(0L, 5000L, 101L));
        assertThat(incidents.current().get(0).lately()).isEqualTo(101);

        quiet(5);
        assertThat(incidents.current().get(0).lately()).isEqualTo(1);
        quiet(5);
        assertThat(incidents.current().get(0).lately()).isZero();
    }

    @Test
    void tenantsLately_areThoseOfTheLastTenSeconds() {
        reject("files", "rate", "acme", 100);
        look();
        quiet(8);
        reject("files", "rate", "globex", 3);
        look();
        assertThat(incidents.current().get(0).tenantsLately())
                .containsExactly(new TenantRejections("acme", 100), new TenantRejections("globex", 3));

        quiet(1);

        assertThat(incidents.current().get(0).tenants())
                .containsExactly(new TenantRejections("acme", 100), new TenantRejections("globex", 3));
        assertThat(incidents.current().get(0).tenantsLately()).containsExactly(new TenantRejections("globex", 3));
        assertThat(incidents.current().get(0).lately()).isEqualTo(3);
    }

    @Test
    void look_afterHalfAMinuteOfQuiet_endsIt_andTheNextRejectionOpensAnother() {
        reject("files", "wait", "acme", 3);
        look();
        quiet(29);
        assertThat(incidents.current()).hasSize(1);
        look();
        assertThat(incidents.current()).isEmpty();
        assertThat(incidents.ended()).hasSize(1);
        assertThat(incidents.ended().get(0).messages()).isEqualTo(3);

        reject("files", "wait", "acme", 1);
        look();
        assertThat(incidents.current().get(0).since()).isEqualTo(31_000);
    }

    @Test
    void ended_ofMoreThanTheBound_forgetsTheFirst() {
        for (int i = 0; i <= Incidents.MAX_ENDED; i++) {
            reject("u" + i, "wait", "acme", 1);
            look();
        }
        quiet(31);

        assertThat(incidents.ended()).hasSize(Incidents.MAX_ENDED);
        assertThat(incidents.ended().get(0).upstream()).isEqualTo("u" + Incidents.MAX_ENDED);
        assertThat(incidents.ended()).noneMatch(each -> each.upstream().equals("u0"));
    }
}
