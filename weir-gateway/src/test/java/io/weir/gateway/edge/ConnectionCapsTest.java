package io.weir.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.EdgeConfig;
import io.weir.config.GatewayConfigLoader;
import io.weir.gateway.mcp.EdgeCap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ConnectionCapsTest {
    private static EdgeConfig edge(int all, int perAddress) throws Exception {
        return new GatewayConfigLoader(1 << 30, name -> null)
                .withoutUpstream()
                .set("edge.max_connections=" + all)
                .set("edge.max_connections_per_address=" + perAddress)
                .load()
                .edge();
    }

    @Test
    void open_beyondTheCapOfAnAddress_isRefusedAndTakesNothing() throws Exception {
        ConnectionCaps caps = new ConnectionCaps(edge(10, 2));
        ConnectionCaps.Place first = Objects.requireNonNull(caps.open("a"));
        assertThat(caps.open("a")).isNotNull();

        assertThat(caps.open("a")).isNull();

        assertThat(caps.count()).isEqualTo(2);
        assertThat(caps.open("b")).isNotNull();
        first.leave();
        assertThat(caps.open("a")).isNotNull();
    }

    @Test
    void open_beyondTheCapOfAll_isRefusedWhateverTheAddress() throws Exception {
        ConnectionCaps caps = new ConnectionCaps(edge(2, 2));
        ConnectionCaps.Place first = Objects.requireNonNull(caps.open("a"));
        assertThat(caps.open("b")).isNotNull();

        assertThat(caps.open("c")).isNull();

        first.leave();
        assertThat(caps.open("c")).isNotNull();
        assertThat(caps.count()).isEqualTo(2);
    }

    @Test
    void enter_ofAConnectionWithoutAddress_countsTowardsOne_untilItLeaves() throws Exception {
        ConnectionCaps caps = new ConnectionCaps(edge(3, 1));
        ConnectionCaps.Place one = Objects.requireNonNull(caps.open(null));
        ConnectionCaps.Place two = Objects.requireNonNull(caps.open(null));
        assertThat(caps.addresses()).isZero();

        assertThat(one.enter("a")).isTrue();
        assertThat(two.enter("a")).isFalse();

        assertThat(caps.addresses()).isEqualTo(1);
        two.leave();
        assertThat(caps.open("a")).as("what was refused takes nothing back").isNull();
        one.leave();
        assertThat(caps.addresses()).isZero();
        assertThat(caps.count()).isZero();
    }

    @Test
    void refusals_areCountedByTheCapThatIsReached() throws Exception {
        ConnectionCaps caps = new ConnectionCaps(edge(3, 1));
        assertThat(caps.open("a")).isNotNull();
        assertThat(caps.open("a")).isNull();
        ConnectionCaps.Place proxied = Objects.requireNonNull(caps.open(null));
        assertThat(proxied.enter("a")).isFalse();
        assertThat(caps.open(null)).isNotNull();
        assertThat(caps.open("b")).isNull();

        Map<String, Long> counts = new HashMap<>();
        caps.refused().addTo(counts);
        assertThat(counts)
                .isEqualTo(Map.of(
                        "connections_refused", 3L,
                        "connections_refused_max", 1L,
                        "connections_refused_max_per_tenant", 0L,
                        "connections_refused_max_per_address", 2L));
    }

    @Test
    void enterTenant_beyondTheCapOfATenant_isRefusedAndCounted_untilOneLeaves() throws Exception {
        ConnectionCaps caps = new ConnectionCaps(new GatewayConfigLoader(1 << 30, name -> null)
                .withoutUpstream()
                .set("edge.max_connections_per_tenant=1")
                .load()
                .edge());
        ConnectionCaps.Place one = Objects.requireNonNull(caps.open("a"));
        ConnectionCaps.Place two = Objects.requireNonNull(caps.open("b"));
        assertThat(one.enterTenant("t")).isTrue();

        assertThat(two.enterTenant("t")).isFalse();

        assertThat(caps.refused().of(EdgeCap.PER_TENANT)).isEqualTo(1);
        two.leave();
        ConnectionCaps.Place three = Objects.requireNonNull(caps.open("b"));
        assertThat(three.enterTenant("t"))
                .as("what was refused takes nothing back")
                .isFalse();
        assertThat(three.enterTenant("other")).isTrue();
        one.leave();
        assertThat(Objects.requireNonNull(caps.open("a")).enterTenant("t")).isTrue();
    }

    @Test
    void capOfATenant_isThatOfAll_withoutAKeyOfItsOwn() throws Exception {
        assertThat(edge(7, 5).maxConnectionsPerTenant()).isEqualTo(7);
    }

    @Test
    void open_byManyThreads_neverPassesACap() throws Exception {
        ConnectionCaps caps = new ConnectionCaps(edge(7, 5));
        AtomicInteger open = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        List<Future<?>> done = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            String address = "address" + t % 2;
            done.add(threads.submit(() -> {
                for (int i = 0; i < 20_000; i++) {
                    ConnectionCaps.Place place = caps.open(address);
                    if (place != null) {
                        most.accumulateAndGet(open.incrementAndGet(), Math::max);
                        open.decrementAndGet();
                        place.leave();
                    }
                }
            }));
        }
        for (Future<?> each : done) {
            each.get();
        }
        threads.shutdown();

        assertThat(most.get()).isBetween(1, 7);
        assertThat(caps.count()).isZero();
    }

    @Test
    void nextKey_isNeverTheSame() throws Exception {
        ConnectionCaps caps = new ConnectionCaps(edge(1, 1));
        Set<String> keys = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            keys.add(caps.nextKey());
        }
        assertThat(keys).hasSize(100);
    }
}
