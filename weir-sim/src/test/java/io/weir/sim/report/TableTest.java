package io.weir.sim.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TableTest {
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
