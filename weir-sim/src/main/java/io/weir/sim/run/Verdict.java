package io.weir.sim.run;

import io.weir.sim.run.MessageCounters.Fate;
import io.weir.sim.scenario.Expectation;
import java.util.List;

/**
 * Whether a result is what its scenario expects.
 *
 * @param expectation what was expected
 * @param value what came, in the figure's unit
 */
public record Verdict(Expectation expectation, long value) {
    private static final double MILLION = 1e6;
    private static final int MEDIAN = 500;
    private static final int P99 = 990;

    /** Whether the value is within the expected bounds. */
    public boolean isHeld() {
        return value >= expectation.min() && value <= expectation.max();
    }

    /** One for each expectation of the scenario, in its order. */
    static List<Verdict> of(Result result) {
        return result.scenario().expectations().stream()
                .map(each -> new Verdict(each, value(result, each)))
                .toList();
    }

    private static long value(Result result, Expectation expectation) {
        MessageCounters group = expectation.clients().isEmpty() ? result.total() : result.group(expectation.clients());
        Peaks peaks = result.peaks();
        return switch (expectation.figure()) {
            case GOODPUT -> share(group.messages(Fate.GOOD), result.capacity());
            case REJECTED -> share(group.rejected(), (double) group.messages(Fate.OFFERED));
            case IN_TIME -> share(group.messages(Fate.GOOD), (double) group.messages(Fate.OFFERED));
            case SHARE_OF_COMPLETED ->
                share(group.messages(Fate.GOOD), (double) result.total().messages(Fate.GOOD));
            case ADMITTED -> group.messages(Fate.ADMITTED);
            case SHED -> group.messages(Fate.SHED);
            case EVICTED -> group.messages(Fate.EVICTED);
            case COMPLETED -> group.messages(Fate.COMPLETED);
            case WAIT_P50 -> group.waits().percentile(MEDIAN);
            case WAIT_P99 -> group.waits().percentile(P99);
            case LATENCY_P50 -> group.latency().percentile(MEDIAN);
            case LATENCY_P99 -> group.latency().percentile(P99);
            case PENDING_MESSAGES -> peaks.messages();
            case PENDING_BYTES -> peaks.bytes();
            case CONNECTION_MESSAGES -> peaks.messagesOfConnection();
            case CONNECTION_BYTES -> peaks.bytesOfConnection();
            case TENANT_MESSAGES -> peaks.messagesOfTenant();
            case SIGNALS -> result.signals().size();
            case MISCOUNTS -> result.wrong().size();
        };
    }

    private static long share(long part, double whole) {
        return whole == 0 ? 0 : Math.round(part / whole * MILLION);
    }
}
