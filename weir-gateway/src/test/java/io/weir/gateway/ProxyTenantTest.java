package io.weir.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Tenants that a proxy says by a header, over real connections. */
class ProxyTenantTest {
    private static final String RESULT = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}";

    private final List<String> heads = new CopyOnWriteArrayList<>();

    private void serve(Socket socket) throws IOException {
        while (true) {
            heads.add(RawServer.read(socket).head().toLowerCase(Locale.ROOT));
            RawServer.write(
                    socket,
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + RESULT.length()
                            + "\r\n\r\n" + RESULT);
        }
    }

    private static HttpResponse<String> call(GatewayHarness rig, String... headers) throws Exception {
        return rig.call(GatewayHarness.call(1, "echo"), headers).get();
    }

    private static GatewayHarness start(RawServer server, String trusted) throws Exception {
        return GatewayHarness.start(
                server.url().toString(),
                "http.trusted_proxies=" + trusted,
                "tenants.proxy_header=X-Tenant",
                "tenants.header=X-Told",
                "tenants.free.tenant_max_messages=0");
    }

    @Test
    void header_ofATrustedProxy_isTheTenant_withItsOwnLimits() throws Exception {
        try (RawServer server = new RawServer((socket, n) -> serve(socket));
                GatewayHarness rig = start(server, "127.0.0.1")) {
            assertThat(call(rig, "X-Tenant", "acme").statusCode()).isEqualTo(200);
            assertThat(call(rig, "X_Tenant", "evil").statusCode()).isEqualTo(200);
            assertThat(call(rig, "X-Tenant", "acme", "X-Tenant", "free").statusCode())
                    .isEqualTo(400);
            assertThat(call(rig, "X-Tenant", "free").body()).contains("\"reason\":\"tenant_messages\"");

            assertThat(heads).hasSize(2).allSatisfy(head -> assertThat(head).doesNotContain("x-tenant:", "x_tenant:"));
            assertThat(heads.get(0)).contains("x-told: acme\r\n");
            assertThat(heads.get(1)).contains("x-told: default\r\n");
            assertThat(rig.stats()).contains("\"tenant\":\"acme\"").doesNotContain("\"tenant\":\"evil\"");
        }
    }

    @Test
    void header_ofAnybodyElse_isDropped() throws Exception {
        try (RawServer server = new RawServer((socket, n) -> serve(socket));
                GatewayHarness rig = start(server, "192.0.2.7")) {
            assertThat(call(rig, "X-Tenant", "acme").statusCode()).isEqualTo(200);
            assertThat(call(rig, "X-Tenant", "free").statusCode()).isEqualTo(200);

            assertThat(heads)
                    .hasSize(2)
                    .allSatisfy(head ->
                            assertThat(head).contains("x-told: default\r\n").doesNotContain("x-tenant:"));
        }
    }
}
