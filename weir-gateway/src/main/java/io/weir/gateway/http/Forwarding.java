package io.weir.gateway.http;

import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.buffer.BufferInternal;
import io.weir.gateway.jsonrpc.Envelope;
import io.weir.gateway.jsonrpc.ErrorAnswer;
import io.weir.gateway.jsonrpc.Message;
import io.weir.gateway.mcp.McpHeaders;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Exchange;
import io.weir.gateway.session.Session;
import io.weir.gateway.session.Sessions;
import io.weir.gateway.session.Streams;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What was admitted, on its way: forwarded byte for byte, its answer relayed. What a client gave up while the upstream has it is
 * abandoned: its slot is held, since closing a connection does not prove that the upstream stops. In the session era the exchange
 * stays open meanwhile, so that the slot falls free with an answer. Confined to its event loop.
 */
final class Forwarding implements Exchanges.Deadlined {
    /** For how long a server may still answer what it was told to cancel before the client is told: half a second. */
    private static final long CANCEL_GRACE = TimeUnit.MILLISECONDS.toNanos(500);

    private final EdgeLoop loop;
    private final EdgeShared shared;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final UpstreamServer upstream;
    private final @Nullable Session session;
    private final Envelope envelope;
    private final Exchange exchange;
    private final Streams.@Nullable Stream stream;
    private final Sessions.@Nullable Room room;
    private final boolean stateless;
    private final Client client;
    private long deadline;
    private boolean cancelled;
    private boolean clientGone;
    private boolean abandoned;
    private boolean over;
    private @Nullable HttpClientRequest sent;
    private @Nullable Relay relay;

    Forwarding(
            EdgeLoop loop,
            HttpServerRequest request,
            UpstreamServer upstream,
            Client client,
            @Nullable Session session,
            Envelope envelope,
            Exchange exchange,
            Streams.@Nullable Stream stream,
            Sessions.@Nullable Room room,
            boolean stateless) {
        this.loop = loop;
        this.shared = loop.shared();
        this.request = request;
        this.response = request.response();
        this.upstream = upstream;
        this.client = client;
        this.session = session;
        this.envelope = envelope;
        this.exchange = exchange;
        this.stream = stream;
        this.room = room;
        this.stateless = stateless;
        this.deadline = System.nanoTime()
                + (stream == null
                        ? upstream.config().requestTimeout().toNanos()
                        : shared.config().edge().streamMaxAge().toNanos());
    }

    void begin(byte[] bytes, boolean control) {
        loop.exchanges().add(this);
        Future<HttpClientRequest> connecting =
                control ? upstream.control(request.headers()) : upstream.call(request.headers());
        connecting.onComplete(connected -> {
            if (connected.failed()) {
                broken(connected.cause());
            } else if (over) {
                connected.result().reset();
            } else {
                send(connected.result(), bytes);
            }
        });
    }

    private void send(HttpClientRequest to, byte[] bytes) {
        sent = to;
        to.exceptionHandler(this::broken);
        to.response().onComplete(answered -> {
            if (answered.failed()) {
                broken(answered.cause());
            } else if (!over) {
                relay(answered.result());
            }
        });
        to.end(BufferInternal.buffer(Unpooled.wrappedBuffer(bytes)));
    }

    private void relay(HttpClientResponse from) {
        keepSession(from);
        Relay made = new Relay(from, response);
        relay = made;
        from.exceptionHandler(this::broken);
        from.endHandler(end -> finished(from.statusCode()));
        if (clientGone) {
            from.handler(ignored -> {});
            made.discard();
        } else {
            made.begin();
        }
    }

    private void keepSession(HttpClientResponse from) {
        if (session != null && from.statusCode() == 404 && !stateless) {
            shared.sessions().forget(session);
        }
        String id = from.getHeader(McpHeaders.SESSION_ID);
        if (id != null && from.statusCode() == 200 && room != null) {
            room.open(upstream.config().name(), id, System.nanoTime());
        }
    }

    private void finished(int status) {
        Exchange held = end();
        if (held != null) {
            if (isUnavailable(status)) {
                shared.counters().upstreamFailures.increment();
                held.failed(System.nanoTime());
            } else {
                held.completed(System.nanoTime());
            }
            if (status / 100 == 2) {
                tellWhatIsCancelled();
            }
            if (!clientGone) {
                response.end();
            }
        }
    }

    /** Whether a status says that the server is not there. Others say something of the request, and 429 that it is busy. */
    private static boolean isUnavailable(int status) {
        return status == 502 || status == 503 || status == 504;
    }

    private void broken(Throwable cause) {
        Exchange held = end();
        if (held == null) {
            return;
        }
        if (abandoned) {
            reset(() -> held.failed(System.nanoTime()));
            return;
        }
        shared.counters().upstreamFailures.increment();
        reset(() -> held.failed(System.nanoTime()));
        tell(Answers.UPSTREAM_FAILED, UpstreamFaults.describe(upstream.config(), cause), 502);
    }

    private void tellWhatIsCancelled() {
        for (Message message : envelope.messages()) {
            String id = message.cancels();
            if (id != null) {
                shared.cancellations().tell(upstream.config().name(), client, id);
            }
        }
    }

    /** A server that was told need not answer any more, and most do not. */
    @Override
    public void cancelled(String name, Client by, String id, long now) {
        if (!cancelled
                && !envelope.batch()
                && id.equals(envelope.messages().get(0).id())
                && by.equals(client)
                && name.equals(upstream.config().name())) {
            cancelled = true;
            deadline = Math.min(deadline - now, CANCEL_GRACE) + now;
        }
    }

    @Override
    public void timeOut(long now) {
        if (abandoned) {
            // Its slot is free by now, and nobody waits for the answer.
            end();
            reset(() -> {});
            return;
        }
        if (cancelled) {
            abandon(now);
            return;
        }
        boolean listened = stream != null;
        Exchange held = end();
        if (held == null) {
            return;
        }
        reset(() -> held.timedOut(System.nanoTime()));
        if (listened) {
            response.end();
            return;
        }
        shared.counters().upstreamTimeouts.increment();
        tell(
                Answers.UPSTREAM_TIMED_OUT,
                "The server '" + upstream.config().name() + "' did not finish within "
                        + upstream.config().requestTimeout().toMillis() + " ms",
                504);
    }

    @Override
    public void abort(long now) {
        Exchange held = end();
        if (held != null) {
            reset(() -> held.failed(now));
            tell(Answers.UPSTREAM_FAILED, "The gateway is shutting down and did not wait any longer", 503);
        }
    }

    @Override
    public long deadline() {
        return deadline;
    }

    @Override
    public boolean holdsShutdown() {
        return stream == null && !abandoned;
    }

    /** A client of the stateless era that leaves has cancelled; one of the session era has not. */
    void clientGone() {
        clientGone = true;
        if (over || abandoned) {
            return;
        }
        shared.counters().clientsGone.increment();
        Relay begun = relay;
        if (stateless) {
            cancel();
        } else if (begun != null) {
            begun.discard();
        }
    }

    private void cancel() {
        Exchange held = end();
        if (held != null && sent == null) {
            held.cancelled(System.nanoTime());
        } else if (held != null) {
            reset(() -> held.abandoned(System.nanoTime()));
        }
    }

    /** Tells the client, and goes on reading for as long as the slot is held: an answer frees it. */
    private void abandon(long now) {
        long held = exchange.abandoned(now);
        tell(shared.config().refusal().code(), "Cancelled: the server was told, and has not answered", 202);
        abandoned = true;
        clientGone = true;
        Relay begun = relay;
        if (begun != null) {
            begun.discard();
        }
        deadline = now + held;
        if (held == 0) {
            timeOut(now);
        }
    }

    /** What is to be released now; null if this exchange was over before. */
    private @Nullable Exchange end() {
        if (over) {
            return null;
        }
        over = true;
        loop.exchanges().remove(this);
        if (stream != null) {
            stream.close();
        }
        if (room != null) {
            room.close();
        }
        return exchange;
    }

    /** Resets the upstream's connection, if there is one, and gives the permit back once it is gone. */
    private void reset(Runnable release) {
        HttpClientRequest open = sent;
        if (open == null) {
            release.run();
        } else {
            ConnectionReset.now(open.connection(), release);
        }
    }

    /** Tells the client what happened, in whatever form its answer still allows. */
    private void tell(int code, String message, int statusOfNotifications) {
        if (clientGone) {
            return;
        }
        List<ErrorAnswer> answers = envelope.messages().stream()
                .filter(each -> each.kind() == Message.Kind.REQUEST)
                .map(each -> new ErrorAnswer(each.id(), code, message))
                .toList();
        Relay begun = relay;
        if (!response.headWritten()) {
            response.headers().clear();
            byte[] json = answers.isEmpty()
                    ? new ErrorAnswer(null, code, message).toBytes()
                    : envelope.batch()
                            ? ErrorAnswer.toBytes(answers)
                            : answers.get(0).toBytes();
            Answers.json(response, answers.isEmpty() ? statusOfNotifications : 200, json);
        } else if (begun != null && begun.isBetweenEvents() && answers.size() == 1) {
            Buffer event = Buffer.buffer("data: ")
                    .appendBytes(answers.get(0).toBytes())
                    .appendString("\n\n");
            response.end(event);
        } else {
            ConnectionReset.gracefully(request.connection());
        }
    }
}
