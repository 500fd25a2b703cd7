package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The first call after a start does not wait until all that it needs is loaded. */
class FirstCallTest {
    /** Less than half of what it is without {@link WarmUp}; what remains is mostly the gateway's own. */
    private static final long FEW = 350;

    @Test
    void firstCall_loadsFewClasses_andTheStartIsNotCounted() throws Exception {
        try (RawServer server = new RawServer((socket, n) -> RawServer.serveAll(socket));
                SmallHeap gateway = SmallHeap.start("128m", server.url())) {
            gateway.loadedClasses();
            long before = gateway.loadedClasses();

            Socket client = gateway.send(
                    GatewayHarness.post(GatewayHarness.call(1, "echo")).getBytes(StandardCharsets.UTF_8));
            RawServer.await(client, "result");

            assertThat(gateway.loadedClasses() - before).isLessThan(FEW);
            assertThat(gateway.stats()).contains("\"connections_opened\":1");
        }
    }
}
