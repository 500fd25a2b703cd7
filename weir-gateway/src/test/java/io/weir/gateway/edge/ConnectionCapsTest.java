package io.weir.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.weir.config.EdgeConfig;
import io.weir.config.GatewayConfigLoader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
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
        assertThat(caps.open("a")).isTrue();
        assertThat(caps.open("a")).isTrue();

        assertThat(caps.open("a")).isFalse();

        assertThat(caps.count()).isEqualTo(2);
        assertThat(caps.open("b")).isTrue();
        caps.close("a");
        assertThat(caps.open("a")).isTrue();
    }

    @Test
    void open_beyondTheCapOfAll_isRefusedWhateverTheAddress() throws Exception {
        ConnectionCaps caps = new ConnectionCaps(edge(2, 2));
        assertThat(caps.open("a")).isTrue();
        assertThat(caps.open("b")).isTrue();

        assertThat(caps.open("c")).isFalse();

        caps.close("a");
        assertThat(caps.open("c")).isTrue();
        assertThat(caps.count()).isEqualTo(2);
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
                    if (caps.open(address)) {
                        most.accumulateAndGet(open.incrementAndGet(), Math::max);
                        open.decrementAndGet();
                        caps.close(address);
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
