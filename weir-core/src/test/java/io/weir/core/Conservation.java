package io.weir.core;

import static org.assertj.core.api.Assertions.assertThat;

/** The equations of {@link FlowStats}, which hold whenever no operation is under way. */
public final class Conservation {
    private Conservation() {}

    /** Fails, naming {@code what}, unless both equations hold, in messages and in bytes. */
    public static void assertHolds(FlowStats flow, String what) {
        assertThat(flow.offered())
                .as(what)
                .isEqualTo(flow.refused()
                        .plus(flow.dropped())
                        .plus(flow.disconnected())
                        .plus(flow.shed())
                        .plus(flow.admitted()));
        assertThat(flow.admitted())
                .as(what)
                .isEqualTo(flow.queued()
                        .plus(flow.inFlight())
                        .plus(flow.completed())
                        .plus(flow.failed())
                        .plus(flow.expired())
                        .plus(flow.cancelled())
                        .plus(flow.evicted()));
    }

    /** As {@link #assertHolds}, and nothing is pending any more. */
    public static void assertHoldsAtRest(FlowStats flow, String what) {
        assertHolds(flow, what);
        assertThat(flow.queued()).as(what).isEqualTo(Count.ZERO);
        assertThat(flow.inFlight()).as(what).isEqualTo(Count.ZERO);
    }
}
