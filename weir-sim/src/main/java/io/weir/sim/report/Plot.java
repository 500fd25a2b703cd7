package io.weir.sim.report;

import java.util.List;

/**
 * Lines over virtual time.
 *
 * @param title what is shown
 * @param unit of the values
 * @param lines of the same length as the page's times
 */
public record Plot(String title, String unit, List<Line> lines) {
    /**
     * One line.
     *
     * @param dashed to tell it from one that it is compared with
     */
    public record Line(String name, List<Double> values, boolean dashed) {}

    /** A copy that is guaranteed not to change. */
    public Plot {
        lines = List.copyOf(lines);
    }
}
