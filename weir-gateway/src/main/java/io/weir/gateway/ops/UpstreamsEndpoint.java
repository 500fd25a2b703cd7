package io.weir.gateway.ops;

import io.weir.config.LineTransport;
import io.weir.config.StdioTransport;
import io.weir.config.TcpTransport;
import io.weir.config.UpstreamTransport;
import io.weir.core.queue.QueueStats;
import io.weir.gateway.admission.Upstreams;
import java.util.List;
import java.util.function.ToIntFunction;

/** {@code /upstreams} of the operator's port: whether each can be reached, and what it has. Thread-safe. */
final class UpstreamsEndpoint {
    private final Readiness readiness;
    private final Upstreams upstreams;
    private final ToIntFunction<String> open;
    private final AdminWorker worker;

    /** @param open how many connections or children the upstream of that name has */
    UpstreamsEndpoint(Readiness readiness, Upstreams upstreams, ToIntFunction<String> open, AdminWorker worker) {
        this.readiness = readiness;
        this.upstreams = upstreams;
        this.open = open;
        this.worker = worker;
    }

    /** All of them; each is connected to, at most once in two seconds. */
    void list(AdminRequest request) {
        readiness
                .states(System.nanoTime())
                .onSuccess(states ->
                        request.answerFrom(worker, () -> AdminRequest.Answer.ok(json(states, System.nanoTime()))));
    }

    private String json(List<Readiness.State> states, long now) {
        return Statistics.object(json -> {
            json.writeArrayFieldStart("upstreams");
            for (Readiness.State state : states) {
                UpstreamTransport transport = state.upstream().transport();
                String name = state.upstream().name();
                json.writeStartObject();
                json.writeStringField("upstream", name);
                json.writeStringField("transport", kind(transport));
                json.writeStringField("address", address(transport));
                json.writeStringField("state", state.words());
                json.writeBooleanField("reachable", state.problem().isEmpty());
                if (state.problem().isEmpty()) {
                    json.writeNullField("problem");
                } else {
                    json.writeStringField("problem", state.problem().get());
                }
                json.writeNumberField(
                        transport instanceof LineTransport line && line.isStarted() ? "children" : "connections",
                        open.applyAsInt(name));
                json.writeArrayFieldStart("queues");
                for (QueueStats queue : upstreams.stats(name, now)) {
                    Statistics.queue(json, queue);
                }
                json.writeEndArray();
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }

    private static String kind(UpstreamTransport transport) {
        if (transport instanceof StdioTransport) {
            return "stdio";
        }
        return transport instanceof TcpTransport ? "tcp" : "http";
    }

    /** Of a command its program alone: keys and tokens are among arguments. Of a URL neither path nor query. */
    private static String address(UpstreamTransport transport) {
        return transport instanceof StdioTransport stdio ? stdio.command().get(0) : transport.describe();
    }
}
