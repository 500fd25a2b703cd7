package io.weir.sim.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.sim.engine.Bins;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class PlotHtmlTest {
    private static final Bins FIVE = new Bins(1_000_000_000L, 5_000_000_000L);
    private static final double NONE = Double.NaN;

    private static String html(Plot plot, Marks.Numbered... marks) {
        StringBuilder out = new StringBuilder();
        new PlotHtml(out, FIVE, List.of(marks)).append(plot, "p");
        return out.toString();
    }

    private static Plot plot(Double... values) {
        return Plot.of("Title", "ms", "", List.of(new Plot.Line("name", List.of(values))));
    }

    @Test
    void append_aGap_breaksTheLine() {
        String html = html(plot(10.0, 5.0, NONE, 0.0, 5.0));

        assertThat(html).contains("<path class=\"line s0\" d=\"M100 0L300 100M700 200L900 100\"/>");
        assertThat(html).contains("<td>5</td>", "<td>no data</td>", "<td>0</td>");
    }

    @Test
    void append_aValueBetweenGaps_isADot() {
        String html = html(plot(NONE, 5.0, NONE, NONE, 10.0));

        assertThat(html).contains("<path class=\"dot s0\" d=\"M300 100h0.01M900 0h0.01\"/>");
        assertThat(html).doesNotContain("class=\"line s0\" d=\"M300");
    }

    @Test
    void append_zeroes_areALineAtTheBottom() {
        assertThat(html(plot(0.0, 0.0, 0.0, 0.0, 0.0))).contains("d=\"M100 200L300 200L500 200L700 200L900 200\"");
    }

    @Test
    void append_states_areStepsWithNames() {
        String html = html(new Plot(
                "Circuit",
                "state",
                "",
                List.of(new Plot.Line("c", List.of(0.0, 2.0, 1.0, 0.0, 0.0))),
                List.of("closed", "half-open", "open"),
                0));

        assertThat(html).contains("d=\"M0 200H200V0H400V100H600V200H800V200H1000\"");
        assertThat(html).contains("<td>half-open</td>", ">open</span>", "at worst open");
    }

    @Test
    void append_marks_areLinesAndNumbersWhereThereIsRoom() {
        String html = html(
                plot(1.0, 1.0, 1.0, 1.0, 1.0),
                new Marks.Numbered(1, 2_500_000_000L, "x"),
                new Marks.Numbered(2, 2_600_000_000L, "y"),
                new Marks.Numbered(3, 4_000_000_000L, "z"));

        assertThat(html).contains("d=\"M500 0V200\"", "d=\"M520 0V200\"", "d=\"M800 0V200\"");
        assertThat(html).contains("left:50%\">1</span>", "left:80%\">3</span>").doesNotContain(">2</span></div>");
        assertThat(Pattern.compile("class=\"tag\"").matcher(html).results()).hasSize(2);
    }

    @Test
    void append_everyLine_hasAStyleThatIsNotColourAlone() {
        String html = html(Plot.of(
                "Title",
                "ms",
                "",
                List.of(
                        new Plot.Line("a", List.of(1.0, 1.0, 1.0, 1.0, 1.0)),
                        new Plot.Line("b", List.of(2.0, 2.0, 2.0, 2.0, 2.0)))));

        assertThat(html).contains("<path class=\"line s0\" d=\"M0 5H36\"/>", "<path class=\"line s1\" d=\"M0 5H36\"/>");
    }

    @Test
    void append_withoutLines_isASentence() {
        String html = html(Plot.of("Title", "ms", "Nothing was rejected.", List.of()));

        assertThat(html)
                .contains("Nothing was rejected.")
                .doesNotContain("<svg")
                .doesNotContain("<table");
    }
}
