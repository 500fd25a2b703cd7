package io.weir.gateway.ops;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import io.weir.config.HttpTransport;
import io.weir.config.StdioTransport;
import io.weir.config.TcpTransport;
import io.weir.config.UpstreamConfig;
import io.weir.config.UpstreamTransport;
import io.weir.gateway.admin.SystemErrors;
import io.weir.gateway.admission.Upstreams;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether it makes sense to send clients here: the gateway takes new work, and at least one upstream can be connected
 * to and has a closed circuit. That a hanging server can be connected to proves nothing, so an upstream that is only
 * being tried again is not in order. One dead upstream of several does not take the others' clients away. Upstreams are
 * connected to when someone asks, once in two seconds at most. Confined to the event loop of the operator's port.
 */
final class Readiness {
    private static final Logger LOG = LoggerFactory.getLogger("weir.upstream");

    private static final int CONNECT_MILLIS = 1_000;
    private static final long KEEP_NANOS = TimeUnit.SECONDS.toNanos(2);

    private List<UpstreamConfig> upstreams;
    private final Upstreams queues;
    private final BooleanSupplier takesWork;
    private final NetClient client;
    private final Map<String, Attempt> attempts = new LinkedHashMap<>();

    /** What came of connecting to an upstream, and when it was tried: why it could not be, or nothing. */
    private record Attempt(Future<Optional<String>> failed, long at) {}

    /**
     * What the operator's port asks.
     *
     * @param takesWork whether the gateway is not shutting down
     */
    Readiness(Vertx vertx, List<UpstreamConfig> upstreams, Upstreams queues, BooleanSupplier takesWork) {
        this.upstreams = upstreams;
        this.queues = queues;
        this.takesWork = takesWork;
        this.client = vertx.createNetClient(new NetClientOptions().setConnectTimeout(CONNECT_MILLIS));
    }

    /**
     * The answer.
     *
     * @param ready whether clients are to be sent here
     * @param json that, and the state of each upstream: {@code up}, {@code unreachable}, {@code circuit open} or
     *     {@code trying}
     */
    record Answer(boolean ready, String json) {}

    /** Looks at these upstreams from now on; what is known of one that is no longer configured so is forgotten. */
    void use(List<UpstreamConfig> next) {
        List<UpstreamConfig> before = upstreams;
        upstreams = next;
        before.stream().filter(each -> !next.contains(each)).forEach(each -> attempts.remove(each.name()));
    }

    Future<Answer> ask(long now) {
        if (!takesWork.getAsBoolean()) {
            return Future.succeededFuture(new Answer(false, "{\"ready\":false,\"reason\":\"shutting down\"}\n"));
        }
        return states(now).map(Readiness::answer);
    }

    /**
     * How one upstream does.
     *
     * @param words {@code up}, {@code unreachable}, {@code circuit open} or {@code trying}
     * @param problem why it cannot be reached, if it cannot
     * @param serves whether clients are to be sent to it
     */
    record State(UpstreamConfig upstream, String words, Optional<String> problem, boolean serves) {}

    /** How each upstream does, in the order of the configuration. On the event loop of the operator's port. */
    Future<List<State>> states(long now) {
        List<UpstreamConfig> each = upstreams;
        List<Future<Optional<String>>> asked =
                each.stream().map(upstream -> attempt(upstream, now)).toList();
        return Future.all(asked).map(all -> {
            List<State> states = new ArrayList<>();
            for (int i = 0; i < each.size(); i++) {
                states.add(state(each.get(i), asked.get(i).result(), now));
            }
            return states;
        });
    }

    private State state(UpstreamConfig upstream, Optional<String> problem, long now) {
        Upstreams.State found = queues.state(upstream.name(), now);
        boolean reachable = problem.isEmpty();
        return new State(
                upstream,
                reachable ? words(found) : "unreachable",
                problem,
                reachable && (found == Upstreams.State.IN_ORDER || found == Upstreams.State.UNTRIED));
    }

    /** Tries every upstream, and logs which of them can be reached. */
    void tryAll(long now) {
        for (UpstreamConfig upstream : upstreams) {
            attempt(upstream, now).onSuccess(failed -> log(upstream, failed));
        }
    }

    private static void log(UpstreamConfig upstream, Optional<String> failed) {
        String address = upstream.transport().describe();
        if (upstream.transport() instanceof StdioTransport) {
            logCommand(upstream.name(), address, failed);
        } else if (failed.isEmpty()) {
            LOG.info("upstream '{}' is reachable at {}", upstream.name(), address);
        } else {
            LOG.warn(
                    "cannot connect to upstream '{}' at {}: {}; requests to it get an error until it is reachable",
                    upstream.name(),
                    address,
                    failed.get());
        }
    }

    private static void logCommand(String name, String command, Optional<String> failed) {
        if (failed.isEmpty()) {
            LOG.info("upstream '{}' is started when a client needs it: {}", name, command);
        } else {
            LOG.warn("cannot start upstream '{}' ({}): {}; requests to it get an error", name, command, failed.get());
        }
    }

    private Future<Optional<String>> attempt(UpstreamConfig upstream, long now) {
        Attempt last = attempts.get(upstream.name());
        if (last == null || (last.failed().isComplete() && now - last.at() >= KEEP_NANOS)) {
            last = new Attempt(connect(upstream), now);
            attempts.put(upstream.name(), last);
        }
        return last.failed();
    }

    private Future<Optional<String>> connect(UpstreamConfig upstream) {
        if (upstream.transport() instanceof StdioTransport stdio) {
            return Future.succeededFuture(Programs.missing(stdio));
        }
        return connect(upstream.transport())
                .map(socket -> {
                    socket.close();
                    return Optional.<String>empty();
                })
                .otherwise(cause -> Optional.of(SystemErrors.withoutCall(String.valueOf(cause.getMessage()))));
    }

    private Future<NetSocket> connect(UpstreamTransport transport) {
        if (transport instanceof TcpTransport tcp) {
            return client.connect(tcp.url().getPort(), tcp.host());
        }
        HttpTransport http = (HttpTransport) transport;
        return client.connect(http.port(), http.url().getHost());
    }

    private static Answer answer(List<State> states) {
        boolean ready = states.isEmpty() || states.stream().anyMatch(State::serves);
        String all = states.stream()
                .map(state -> "\"" + state.upstream().name() + "\":\"" + state.words() + "\"")
                .collect(Collectors.joining(","));
        return new Answer(ready, "{\"ready\":" + ready + ",\"upstreams\":{" + all + "}}\n");
    }

    private static String words(Upstreams.State state) {
        return switch (state) {
            case IN_ORDER -> "up";
            case LEFT_ALONE -> "circuit open";
            case TRIED, UNTRIED -> "trying";
        };
    }
}
