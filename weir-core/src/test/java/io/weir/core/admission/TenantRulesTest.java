package io.weir.core.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.core.Outcome;
import io.weir.core.Priority;
import io.weir.core.Reason;
import io.weir.core.config.TenantConfig;
import io.weir.core.config.TenantKey;
import io.weir.core.config.WeirConfigBuilder;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tenants that have limits of their own, beside those that do not. */
class TenantRulesTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int BYTES = 100;

    private static WeirConfigBuilder common(boolean tenantLimits) {
        return new WeirConfigBuilder(8L << 30)
                .enableTenantLimits(tenantLimits)
                .maxMessages(10)
                .maxBytes(1 << 20)
                .tenantMaxMessages(15)
                .tenantMaxBytes(1 << 20)
                .maxMessagesPerSec(1000)
                .tenantMaxMessagesPerSec(1000)
                .burstMultiplier(BigDecimal.ONE);
    }

    private static Admission open(WeirConfigBuilder config) {
        return new Admission(config.build(), PressureListener.NONE);
    }

    /**
     * Offers to two connections of a tenant in turn; how many messages were admitted before one was rejected on both,
     * and why.
     */
    private static String fill(Admission admission, String tenant, long now, List<Reservation> held) {
        int admitted = 0;
        Reason[] reasons = new Reason[2];
        while (reasons[0] == null || reasons[1] == null) {
            for (int i = 0; i < 2; i++) {
                Reservation reservation = new Reservation();
                if (admission.admit(admission.connection(tenant, "c" + i, now), reservation, 1, BYTES, now)
                        == Decision.ADMITTED) {
                    held.add(reservation);
                    admitted++;
                } else {
                    reasons[i] = reservation.reason();
                }
            }
        }
        return admitted + " " + reasons[0].key();
    }

    @ParameterizedTest
    @CsvSource({
        "true,  max_messages=3,                 6 connection_messages, 15 tenant_messages",
        "true,  max_bytes=250,                  4 connection_bytes,    15 tenant_messages",
        "true,  tenant_max_messages=4,          4 tenant_messages,     15 tenant_messages",
        "true,  tenant_max_messages=18,         18 tenant_messages,    15 tenant_messages",
        "true,  tenant_max_bytes=550,           5 tenant_bytes,        15 tenant_messages",
        "true,  max_messages_per_sec=3,         6 rate,                15 tenant_messages",
        "true,  tenant_max_messages_per_sec=5,  5 tenant_rate,         15 tenant_messages",
        "true,  weight=7,                       15 tenant_messages,    15 tenant_messages",
        "true,  max_messages=0,                 0 connection_messages, 15 tenant_messages",
        "false, max_messages=3,                 6 connection_messages, 20 connection_messages",
        "false, tenant_max_messages=4,          4 tenant_messages,     20 connection_messages",
        "false, tenant_max_bytes=550,           5 tenant_bytes,        20 connection_messages",
        "false, tenant_max_messages_per_sec=5,  5 tenant_rate,         20 connection_messages",
        "false, weight=7,                       20 connection_messages, 20 connection_messages",
    })
    void limit_ofATenant_isExact_andAnotherHasTheCommonOnes(
            boolean tenantLimits, String limit, String own, String others) {
        String[] keyAndValue = limit.split("=", 2);
        Admission admission = open(
                common(tenantLimits).set("own", TenantKey.find(keyAndValue[0]).orElseThrow(), keyAndValue[1]));

        assertThat(fill(admission, "own", SECOND, new ArrayList<>())).isEqualTo(own);
        assertThat(fill(admission, "other", SECOND, new ArrayList<>())).isEqualTo(others);
    }

    @Test
    void loweredRate_ofATenant_isAPartOfItsOwn() {
        Admission admission = open(common(true)
                .maxMessages(10_000)
                .tenantMaxMessages(10_000)
                .tenant("own", TenantConfig.COMMON.withMaxMessagesPerSec(40).withTenantMaxMessagesPerSec(60)));
        EffectiveRates tenth = admission.effectiveRates(100);

        assertThat(admitted(admission, "own", "c0", tenth)).isEqualTo(4);
        assertThat(admitted(admission, "own", "c1", tenth)).isEqualTo(2);
        assertThat(admitted(admission, "other", "c0", tenth)).isEqualTo(100);
    }

    private static int admitted(Admission admission, String tenant, String key, EffectiveRates rates) {
        int admitted = 0;
        Connection connection = admission.connection(tenant, key, SECOND);
        while (admission.admit(connection, new Reservation(), Priority.CALL, rates, 1, 1, SECOND)
                == Decision.ADMITTED) {
            admitted++;
        }
        return admitted;
    }

    @Test
    void update_ofATenant_countsForTheNextDecision_andWhatIsPendingStays() {
        Admission admission = open(common(true));
        List<Reservation> held = new ArrayList<>();
        assertThat(fill(admission, "own", 0, held)).isEqualTo("15 tenant_messages");

        admission.update(b -> b.tenant("own", TenantConfig.COMMON.withTenantMaxMessages(5)));
        assertThat(fill(admission, "own", 1, held)).isEqualTo("0 tenant_messages");
        held.subList(0, 11).forEach(each -> admission.release(each, Outcome.COMPLETED));
        held.subList(0, 11).clear();
        assertThat(fill(admission, "own", 1, held)).isEqualTo("1 tenant_messages");

        admission.update(b ->
                b.tenant("own", TenantConfig.COMMON.withTenantMaxMessages(100).withMaxMessages(8)));
        assertThat(fill(admission, "own", 1, held)).isEqualTo("11 connection_messages");
        admission.update(b -> b.tenant("own", TenantConfig.COMMON));
        held.forEach(each -> admission.release(each, Outcome.COMPLETED));
        assertThat(fill(admission, "own", 1, new ArrayList<>())).isEqualTo("15 tenant_messages");
        assertThat(admission.config().tenants()).isEmpty();
    }

    @Test
    void weight_ofATenant_isItsOwn_orOne() {
        Admission admission = open(common(true).tenant("own", TenantConfig.COMMON.withWeight(7)));

        assertThat(admission.weight(admission.connection("own", "c", 0))).isEqualTo(7);
        assertThat(admission.weight(admission.connection("other", "c", 0))).isOne();
        admission.update(b -> b.tenant("other", TenantConfig.COMMON.withWeight(3)));
        assertThat(admission.weight(admission.connection("other", "c", 0))).isEqualTo(3);
    }

    @Test
    void limitOfATenant_whileItsConfigurationChanges_isNeverPassed() throws Exception {
        Admission admission = open(common(true)
                .maxMessagesPerSec(1_000_000)
                .tenantMaxMessagesPerSec(1_000_000)
                .burstMultiplier(BigDecimal.valueOf(1000))
                .tenant("own", TenantConfig.COMMON.withTenantMaxMessages(2)));
        AtomicInteger most = new AtomicInteger();
        AtomicInteger pending = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(4);
        for (int t = 0; t < 4; t++) {
            String key = "c" + t;
            new Thread(() -> {
                        for (int i = 0; i < 20_000; i++) {
                            Reservation reservation = new Reservation();
                            Connection connection = admission.connection("own", key, i);
                            if (admission.admit(connection, reservation, 1, 1, i) == Decision.ADMITTED) {
                                most.accumulateAndGet(pending.incrementAndGet(), Math::max);
                                Thread.onSpinWait();
                                pending.decrementAndGet();
                                admission.release(reservation, Outcome.COMPLETED);
                            }
                        }
                        done.countDown();
                    })
                    .start();
        }
        for (int i = 0; done.getCount() > 0; i++) {
            int weight = 1 + i % 100;
            admission.update(b ->
                    b.tenant("own", TenantConfig.COMMON.withTenantMaxMessages(2).withWeight(weight)));
        }

        assertThat(most)
                .as("at most two at a time under every configuration")
                .satisfies(value -> assertThat(value.get()).isBetween(1, 2));
        assertThat(admission.tenantStats("own").orElseThrow().pending().messages())
                .isZero();
        assertThat(admission.globalStats().flow().admitted())
                .isEqualTo(admission.globalStats().flow().completed());
    }
}
