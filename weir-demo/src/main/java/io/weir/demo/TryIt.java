package io.weir.demo;

import io.weir.gateway.Gateway;
import java.util.concurrent.CountDownLatch;

/** Keeps the demonstration up, so that requests can be sent by hand. */
final class TryIt {
    @SuppressWarnings("InlineFormatString") // a page of its own
    private static final String HOW = """

            It stays up until Ctrl-C. Try it, as tenant chat:
              key=%3$s
              post() { curl -s http://%1$s/mcp \\
                -H "Authorization: Bearer $key" -H 'Content-Type: application/json' \\
                -H 'Accept: application/json, text/event-stream' "$@"; echo; }
              post -D /tmp/head -d '{"jsonrpc":"2.0","id":1,"method":"initialize",
                "params":{"protocolVersion":"2025-06-18","capabilities":{},
                "clientInfo":{"name":"curl","version":"1"}}}'
              id="$(grep -i '^mcp-session-id' /tmp/head | tr -d '\\r')"
              post -H "$id" -d '{"jsonrpc":"2.0","id":2,"method":"tools/call",
                "params":{"name":"echo","arguments":{"message":"hi"}}}'
              curl -s http://%2$s/stats""";

    private TryIt() {}

    /**
     * Waits for a signal to start the JVM's shutdown, which then waits for {@code ended}, and ends the process with 0.
     */
    static void until(CountDownLatch ended, Console console, Gateway gateway, String key) throws InterruptedException {
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            stopped.countDown();
                            try {
                                ended.await();
                                Runtime.getRuntime().halt(0);
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        },
                        "weir-demo-stop"));
        console.line(String.format(HOW, gateway.http(), gateway.admin(), key));
        console.flush();
        stopped.await();
    }
}
