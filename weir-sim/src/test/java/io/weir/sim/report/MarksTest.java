package io.weir.sim.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.sim.engine.Bins;
import io.weir.sim.scenario.Scenarios;
import java.util.List;
import org.junit.jupiter.api.Test;

class MarksTest {
    @Test
    void numbered_inTheSameBin_shareALine() {
        Bins bins = new Bins(100, 1000);

        List<Marks.Numbered> marks = Marks.numbered(
                List.of(
                        new Mark(450, "queue reset", "a"),
                        new Mark(420, "queue reset", "b"),
                        new Mark(430, "closes", ""),
                        new Mark(120, "queue reset", "c"),
                        new Mark(1001, "after the end", "")),
                bins);

        assertThat(marks)
                .containsExactly(
                        new Marks.Numbered(1, 120, "queue reset: c"),
                        new Marks.Numbered(2, 420, "queue reset, 2 times; closes"));
    }

    @Test
    void of_aScenario_areItsChangesAndFaults() throws Exception {
        List<Mark> marks = ScenarioMarks.of(Scenarios.parse("test", """
                upstream:
                  changes:
                    - {at: 10s, servers: 2}
                    - {at: 20s, servers: 2, slowdown: 2.5, failures: 5%, state: hung}
                    - {at: 30s, servers: 2, slowdown: 2.5, failures: 5%, state: up}
                clients:
                  a: {phases: [{at: 0s, rate: 10/s}, {at: 5s, rate: 20/s}]}
                faults:
                  - {at: 15s, action: update, set: {queue_limits.max_messages: 10}}
                  - {at: 25s, action: disconnect, clients: a}
                  - {at: 35s, action: close}
                """));

        assertThat(marks)
                .extracting(mark -> mark.at() / 1_000_000_000 + " " + mark.what() + ": " + mark.detail())
                .containsExactly(
                        "5 clients a change their rate: 20/s",
                        "10 upstream changes: 4 to 2 servers",
                        "15 configuration updated: queue_limits.max_messages = 10",
                        "20 upstream changes: service time times 2.5, failures 5.00 %, hung",
                        "25 connections broken: of clients a",
                        "30 upstream changes: up",
                        "35 Weir closes: ");
    }
}
