package io.weir.sim.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.sim.run.Result;
import io.weir.sim.run.Simulation;
import io.weir.sim.run.WeirGate;
import io.weir.sim.scenario.Scenario;
import io.weir.sim.scenario.Scenarios;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class PageTest {
    @Test
    void html_ofAResult_loadsNothing() {
        Scenario scenario = Scenarios.named("queue_limit_exact_enforcement");
        Result result = Simulation.play(scenario, new WeirGate(scenario, null));

        String html = new Page(
                        scenario.name(),
                        scenario.description(),
                        ResultGrid.of(result),
                        ScenarioGrid.of(scenario),
                        Plots.times(result.series()),
                        Plots.of(result.series()))
                .html();

        assertThat(html)
                .doesNotContainPattern("(src|href)=[\"'](?!data:)")
                .doesNotContain("@import")
                .doesNotContainPattern("url\\((?!data:)")
                .doesNotContainPattern("@[A-Z_]+@")
                .contains("uPlot=function")
                .contains("<td>50.00 %</td>")
                .contains("\"connection_messages\"");
    }

    @Test
    void html_hostileNames_stayText() {
        String hostile = "</script><script>alert(1)</script>@DATA@";
        Grid grid = new Grid(List.of(hostile), List.of(new Grid.Row(hostile, List.of(hostile))));
        Plot plot = new Plot(hostile, hostile, List.of(new Plot.Line(hostile, List.of(1.0), false)));

        String html = new Page(hostile, hostile, grid, grid, List.of(1.0), List.of(plot)).html();

        assertThat(html).doesNotContain("<script>alert");
        assertThat(html.split("</script>", -1)).hasSize(4);
    }

    @Test
    void text_ofAGrid_isAligned() {
        Grid grid = new Grid(
                List.of("a", "long name"),
                List.of(new Grid.Row("x", List.of("1,000", "2")), new Grid.Row("label", List.of("3", "4"))));

        assertThat(grid.text().lines())
                .containsExactly("           a  long name", "x      1,000          2", "label      3          4");
    }

    @Test
    void json_ofAResult_holdsTheFigures() throws Exception {
        Scenario scenario = Scenarios.named("queue_limit_exact_enforcement");
        Result result = Simulation.play(scenario, new WeirGate(scenario, null));
        StringWriter out = new StringWriter();

        ResultJson.write(result, "abc", 152, out);

        assertThat(out.toString())
                .contains("\"decision_log_sha256\" : \"abc\"")
                .contains("\"connection_messages\" : 50")
                .contains("\"conserved\" : true");
    }
}
