package io.weir.sim.report;

import java.util.List;

/**
 * A figure that says what happened.
 *
 * @param label what it is
 * @param figures one, or two that are compared
 */
public record Headline(String label, List<Figure> figures) {
    /**
     * A figure in words.
     *
     * @param value with its unit
     * @param details sentences about it; may be none
     */
    public record Figure(String value, List<String> details) {
        /** A copy that is guaranteed not to change. */
        public Figure {
            details = List.copyOf(details);
        }
    }

    /** A copy that is guaranteed not to change. */
    public Headline {
        figures = List.copyOf(figures);
    }
}
