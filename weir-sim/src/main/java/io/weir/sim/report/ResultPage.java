package io.weir.sim.report;

import io.weir.sim.run.Result;
import java.util.List;

/** The page of a simulation. */
public final class ResultPage {
    private ResultPage() {}

    /**
     * The page of a result.
     *
     * @param version of Weir that made it
     */
    public static Page of(Result result, String version) {
        return new Page(
                new Page.Heading("simulation", result.scenario().name(), about(result), version),
                List.of(),
                Headlines.of(Totals.of(result)),
                result.wrong(),
                ScenarioMarks.of(result.scenario()),
                result.series().bins(),
                Plots.of(Recorded.of(result)),
                ResultTable.of(result),
                ScenarioTable.of(result.scenario()),
                result.scenario().source());
    }

    /** The description, and whether the result is what the scenario expects. */
    private static String about(Result result) {
        String verdict = Verdicts.line(result.verdicts());
        String description = result.scenario().description();
        return verdict.isEmpty() ? description : (description + " Verdict: " + verdict + ".").strip();
    }
}
