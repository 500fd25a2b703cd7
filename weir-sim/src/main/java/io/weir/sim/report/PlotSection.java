package io.weir.sim.report;

import java.util.List;

/**
 * Plots under a heading.
 *
 * @param title the heading
 * @param text one paragraph below it; may be empty
 * @param plots in order; may be none
 */
public record PlotSection(String title, String text, List<Plot> plots) {
    /** A copy that is guaranteed not to change. */
    public PlotSection {
        plots = List.copyOf(plots);
    }
}
