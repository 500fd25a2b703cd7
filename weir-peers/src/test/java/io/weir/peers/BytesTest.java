package io.weir.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What a client receives through the gateway is what the server sent. */
class BytesTest {
    @Test
    void answers_throughTheGateway_areThoseOfTheServer() throws Exception {
        try (PeerHarness rig = PeerHarness.start(b -> b)) {
            String direct = rig.openSession(rig.server.url());
            String through = rig.openSession(rig.url());
            for (String body : List.of(
                    PeerHarness.callBody(1, "echo", "{\"message\":\"h\\u00e9llo \\u2603 \\\\n\"}"),
                    PeerHarness.callBody(2, "echo", "{\"message\":\"" + "x".repeat(200_000) + "\"}"),
                    PeerHarness.callBody(3, "nothing", "{}"),
                    "{\"jsonrpc\":\"2.0\",\"id\":\"four\",\"method\":\"tools/list\"}",
                    "{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"no/such\"}",
                    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/unknown\"}")) {
                assertThat(answer(rig, rig.url(), through, body))
                        .isEqualTo(answer(rig, rig.server.url(), direct, body));
            }
            assertThat(answer(rig, rig.url(), "no-such-session", PeerHarness.callBody(6, "echo", "{}")))
                    .isEqualTo(answer(rig, rig.server.url(), "no-such-session", PeerHarness.callBody(6, "echo", "{}")));
        }
    }

    private static String answer(PeerHarness rig, URI url, String session, String body) throws Exception {
        HttpResponse<String> response =
                rig.http.send(PeerHarness.post(url, session, body), HttpResponse.BodyHandlers.ofString());
        return (response.statusCode() + "\n" + headers(response.headers()) + "\n" + response.body())
                .replace(session, "SESSION")
                // The SDK's own 404 carries the stack of the thread that happened to serve it.
                .replaceAll("\"stackTrace\":\\[.*?]", "STACK")
                .replaceAll("(?m)^id: ?[0-9a-f-]{36}_?[0-9a-f-]*$", "id: EVENT");
    }

    /** End-to-end headers; those of one hop and the date are each server's own. */
    private static Map<String, List<String>> headers(HttpHeaders headers) {
        Map<String, List<String>> kept = new TreeMap<>(headers.map());
        List.of("date", "transfer-encoding", "connection", "content-length", "keep-alive", "server")
                .forEach(kept::remove);
        return kept;
    }
}
