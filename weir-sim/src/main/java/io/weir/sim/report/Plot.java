package io.weir.sim.report;

import java.util.List;

/**
 * Lines over virtual time.
 *
 * @param title what is shown
 * @param unit of the values
 * @param note one sentence below the title; may be empty
 * @param lines with one value per bin
 * @param states names of the values 0, 1 and so on; empty if values are quantities
 * @param atLeast what the axis reaches at least, so that plots can be compared
 */
public record Plot(String title, String unit, String note, List<Line> lines, List<String> states, double atLeast) {
    /**
     * One line.
     *
     * @param name in the legend
     * @param values by bin; NaN where there is no value
     */
    public record Line(String name, List<Double> values) {
        /** A copy that is guaranteed not to change. */
        public Line {
            values = List.copyOf(values);
        }

        /** The largest value; NaN if there is none. */
        double largest() {
            return values.stream()
                    .filter(value -> !value.isNaN())
                    .mapToDouble(Double::doubleValue)
                    .max()
                    .orElse(Double.NaN);
        }
    }

    /** A copy that is guaranteed not to change. */
    public Plot {
        lines = List.copyOf(lines);
        states = List.copyOf(states);
    }

    /** Quantities. */
    static Plot of(String title, String unit, String note, List<Line> lines) {
        return new Plot(title, unit, note, lines, List.of(), 0);
    }

    /** The largest value of all lines; 0 if there is none. */
    double largest() {
        return lines.stream()
                .mapToDouble(Line::largest)
                .filter(value -> !Double.isNaN(value))
                .max()
                .orElse(0);
    }

    /** The same with an axis that reaches a value. */
    Plot upTo(double value) {
        return new Plot(title, unit, note, lines, states, value);
    }

    /** How a value is written. */
    String text(double value) {
        if (Double.isNaN(value)) {
            return "no data";
        }
        return states.isEmpty() ? Scale.text(value) : states.get((int) value);
    }
}
