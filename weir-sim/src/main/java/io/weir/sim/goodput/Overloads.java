package io.weir.sim.goodput;

import io.weir.sim.scenario.Scenario;
import io.weir.sim.scenario.Scenarios;
import java.util.Arrays;
import java.util.List;

/**
 * The overloads of the comparison: four servers, 5 ms exponentially distributed, answers of use for 100 ms, 60 s long.
 */
public enum Overloads {
    /** Nine tenths of what the servers can do. */
    NINE_TENTHS("goodput-0.9x", "0.9x"),
    /** Twice what they can do. */
    DOUBLE("goodput-2x", "2x"),
    /** Five times. */
    FIVEFOLD("goodput-5x", "5x"),
    /** Ten times. */
    TENFOLD("goodput-10x", "10x"),
    /** Twice, and in the middle half of the time only half of the servers work. */
    HALVES("goodput-halves", "halves");

    private final String scenario;
    private final String title;

    Overloads(String scenario, String title) {
        this.scenario = scenario;
        this.title = title;
    }

    /** All, in the order of the comparison's columns. */
    public static List<Overloads> all() {
        return Arrays.asList(values());
    }

    /** The scenario, built in. */
    public Scenario scenario(long seed) {
        return Scenarios.named(scenario).withSeed(seed);
    }

    /** What a column is called. */
    public String title() {
        return title;
    }
}
