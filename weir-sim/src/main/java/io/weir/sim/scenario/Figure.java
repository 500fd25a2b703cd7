package io.weir.sim.scenario;

import io.weir.core.config.ValueType;
import java.util.Locale;

/** A figure of a result that a scenario can expect something of. */
public enum Figure {
    /** What was completed within the deadline, as a share of the upstream's capacity. */
    GOODPUT(Unit.SHARE, true),
    /** What was not admitted, as a share of what was offered. */
    REJECTED(Unit.SHARE, true),
    /** What was completed within the deadline, as a share of what was offered. */
    IN_TIME(Unit.SHARE, true),
    /** What was completed within the deadline, as a share of what all clients completed within it. */
    SHARE_OF_COMPLETED(Unit.SHARE, true),
    ADMITTED(Unit.MESSAGES, true),
    SHED(Unit.MESSAGES, true),
    EVICTED(Unit.MESSAGES, true),
    COMPLETED(Unit.MESSAGES, true),
    WAIT_P50(Unit.TIME, true),
    WAIT_P99(Unit.TIME, true),
    LATENCY_P50(Unit.TIME, true),
    LATENCY_P99(Unit.TIME, true),
    /** The most messages pending at once. */
    PENDING_MESSAGES(Unit.MESSAGES, false),
    /** The most bytes pending at once. */
    PENDING_BYTES(Unit.BYTES, false),
    /** The most messages pending at once of any one connection. */
    CONNECTION_MESSAGES(Unit.MESSAGES, false),
    /** The most bytes pending at once of any one connection. */
    CONNECTION_BYTES(Unit.BYTES, false),
    /** The most messages pending at once of any one tenant. */
    TENANT_MESSAGES(Unit.MESSAGES, false),
    /** What an operator was told. */
    SIGNALS(Unit.MESSAGES, false),
    /** Audits that found the counts of core and simulation different. */
    MISCOUNTS(Unit.MESSAGES, false);

    /** What a figure is counted in. */
    public enum Unit {
        /** Millionths. */
        SHARE(ScenarioTypes.SHARE),
        /** Nanoseconds. */
        TIME(ScenarioTypes.TIME),
        /** Whole numbers. */
        MESSAGES(ValueType.number(0, Long.MAX_VALUE)),
        BYTES(ValueType.bytes(0, Long.MAX_VALUE));

        @SuppressWarnings("ImmutableEnumChecker") // types are constants without state
        private final ValueType<Long> type;

        Unit(ValueType<Long> type) {
            this.type = type;
        }
    }

    private final Unit unit;
    private final boolean ofClients;

    Figure(Unit unit, boolean ofClients) {
        this.unit = unit;
        this.ofClients = ofClients;
    }

    /** What it is counted in. */
    public Unit unit() {
        return unit;
    }

    /** Whether there is one of each group of clients. */
    public boolean isOfClients() {
        return ofClients;
    }

    /** Its name in a scenario. */
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** How its values are read. */
    ValueType<Long> type() {
        return unit.type;
    }
}
