package io.weir.sim.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.sim.scenario.Scenario;
import io.weir.sim.scenario.Scenarios;
import java.util.List;
import org.junit.jupiter.api.Test;

class TableTest {
    @Test
    void scenario_showsServicesFailuresChangesAndFaults() throws Exception {
        Scenario scenario = Scenarios.parse("mine", """
                duration: 60s
                upstream:
                  servers: 1
                  failures: 5%
                  service_time: {search: lognormal 20ms 0.5, default: constant 5ms}
                  changes: [{at: 20s, servers: 2}]
                clients: {agents: {rate: 10/s}, finder: {rate: 1/s, operation: search}}
                faults: [{at: 40s, action: disconnect, clients: agents}]
                """);

        assertThat(ScenarioTable.of(scenario).text())
                .contains("upstream        1 server, constant 5.0 ms")
                .containsPattern("  search +lognormal 2\\d\\.\\d ms")
                .containsPattern("  failures +5\\.00 %")
                .containsPattern("at 20\\.0 s +upstream changes: 1 to 2 servers")
                .containsPattern("at 40\\.0 s +connections broken: of clients agents");
    }

    @Test
    void text_ofALongLabel_cutsItAndKeepsTheFiguresInSight() {
        Table table = new Table(
                List.of("logged", "replayed"),
                List.of(
                        new Table.Row("completed", List.of("10", "20")),
                        new Table.Row("  tool " + "x".repeat(300), List.of("1", "2"))));

        assertThat(table.text().lines())
                .containsExactly(
                        " ".repeat(44) + "  logged  replayed",
                        "completed" + " ".repeat(35) + "      10        20",
                        "  tool " + "x".repeat(36) + "\u2026       1         2");
    }
}
