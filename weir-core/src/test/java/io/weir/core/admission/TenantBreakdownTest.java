package io.weir.core.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.ConnectionPending;
import io.weir.core.Count;
import io.weir.core.Outcome;
import io.weir.core.Priority;
import io.weir.core.Reason;
import io.weir.core.RejectionAction;
import io.weir.core.RejectionCount;
import io.weir.core.Scope;
import io.weir.core.TenantBreakdown;
import io.weir.core.config.WeirConfig;
import java.util.List;
import org.junit.jupiter.api.Test;

class TenantBreakdownTest {
    private static final long LATER = 1_000_000_000_000L;

    private final Admission admission = new Admission(
            WeirConfig.defaults(1L << 30).toBuilder()
                    .maxMessages(10)
                    .maxMessagesPerSec(1_000_000)
                    .build(),
            PressureListener.NONE);

    private Reservation admit(String tenant, String key, int messages, long now) {
        Reservation reservation = new Reservation();
        admission.admit(admission.connection(tenant, key, now), reservation, messages, messages, now);
        return reservation;
    }

    private void call(String tenant, int messages, long now) {
        admission.release(admit(tenant, "c", messages, now), Outcome.COMPLETED);
    }

    private static List<String> completed(TenantBreakdown breakdown) {
        return breakdown.named().stream()
                .map(each -> each.tenant() + " " + each.flow().completed().messages())
                .toList();
    }

    private static long others(TenantBreakdown breakdown) {
        return breakdown.others().completed().messages();
    }

    @Test
    void tenants_beyondTheBound_areCountedAsOthers() {
        call("a", 1, 0);
        call("b", 2, 0);
        call("c", 4, 0);

        assertThat(completed(admission.tenantBreakdown(2))).containsExactly("a 1", "b 2");
        assertThat(others(admission.tenantBreakdown(2))).isEqualTo(4);
        assertThat(completed(admission.tenantBreakdown(0))).isEmpty();
        assertThat(others(admission.tenantBreakdown(0))).isEqualTo(7);
        assertThat(completed(admission.tenantBreakdown(5000))).containsExactly("a 1", "b 2", "c 4");
    }

    @Test
    void tenant_forgottenAndBack_keepsItsCounts() {
        call("a", 1, 0);
        call("b", 2, 0);
        assertThat(admission.cleanUp(LATER)).isEqualTo(2);

        assertThat(completed(admission.tenantBreakdown(1))).containsExactly("a 1");
        assertThat(others(admission.tenantBreakdown(1))).isEqualTo(2);

        call("b", 3, LATER);
        call("a", 5, LATER);

        assertThat(completed(admission.tenantBreakdown(1))).containsExactly("a 6");
        assertThat(others(admission.tenantBreakdown(1))).isEqualTo(5);
        assertThat(admission.globalStats().flow().completed().messages()).isEqualTo(11);
    }

    @Test
    void allPlacesTaken_newTenantReplacesTheLongestForgotten_andNoCounterDecreases() {
        for (int i = 0; i < TenantPlaces.MAX; i++) {
            call("t" + i, 1, 0);
        }
        call("late", 1, 0);
        assertThat(others(admission.tenantBreakdown(TenantPlaces.MAX))).isOne();
        admit("t1", "held", 1, 0);
        assertThat(admission.cleanUp(LATER)).isEqualTo(TenantPlaces.MAX + 1);
        long othersOfFewer = others(admission.tenantBreakdown(0));

        call("late", 2, LATER);

        TenantBreakdown breakdown = admission.tenantBreakdown(TenantPlaces.MAX);
        assertThat(breakdown.named()).hasSize(TenantPlaces.MAX);
        assertThat(completed(breakdown)).contains("late 2", "t1 1");
        assertThat(others(breakdown)).isOne();
        assertThat(others(admission.tenantBreakdown(0))).isEqualTo(othersOfFewer + 2);
        assertThat(admission.globalStats().flow().completed().messages()).isEqualTo(TenantPlaces.MAX + 3);
    }

    @Test
    void rejections_areCountedByActionReasonAndScope() {
        admit("a", "c", 10, 0);
        admit("a", "c", 1, 0);
        admission.update(
                builder -> builder.maxMessages(100).tenantMaxMessages(32).enableTenantLimits(true));
        admit("a", "d", 20, 0);
        offerBackground("d", 1, 9);
        admission.update(builder -> builder.maxMessages(24).tenantMaxMessages(1000));
        admit("a", "d", 2, 0);
        offerBackground("d", 2, 5);

        assertThat(admission.tenantBreakdown(1).named().get(0).flow().rejections())
                .containsExactlyInAnyOrder(
                        rejection(RejectionAction.REFUSED, Reason.CONNECTION_MESSAGES, Scope.CONNECTION, 1, 1),
                        rejection(RejectionAction.SHED, Reason.PRIORITY, Scope.TENANT, 1, 9),
                        rejection(RejectionAction.SHED, Reason.PRIORITY, Scope.CONNECTION, 2, 5));
        assertThat(admission.globalStats().flow().shed()).isEqualTo(new Count(3, 14));
        assertThat(admission.globalStats().flow().byReason()).containsEntry(Reason.PRIORITY, new Count(3, 14));
    }

    private void offerBackground(String key, int messages, long bytes) {
        admission.admit(
                admission.connection("a", key, 0), new Reservation(), Priority.BACKGROUND, null, messages, bytes, 0);
    }

    private static RejectionCount rejection(
            RejectionAction action, Reason reason, Scope scope, long messages, long bytes) {
        return new RejectionCount(action, reason, scope, new Count(messages, bytes));
    }

    @Test
    void pendingOfConnections_isByTheNearestRank() {
        assertThat(admission.connectionPending(3).messages()).isEqualTo(new ConnectionPending.Percentiles(0, 0, 0, 0));
        for (int i = 0; i < 10; i++) {
            call("a", "idle" + i);
            admit("a", "busy" + i, i + 1, 0);
        }

        ConnectionPending pending = admission.connectionPending(2);

        assertThat(pending.connections()).isEqualTo(20);
        assertThat(pending.messages()).isEqualTo(new ConnectionPending.Percentiles(0, 8, 10, 10));
        assertThat(pending.bytes()).isEqualTo(new ConnectionPending.Percentiles(0, 8, 10, 10));
        assertThat(pending.top().stream().map(each -> each.key()).toList()).containsExactly("busy9", "busy8");
    }

    private void call(String tenant, String key) {
        admission.release(admit(tenant, key, 1, 0), Outcome.COMPLETED);
    }
}
