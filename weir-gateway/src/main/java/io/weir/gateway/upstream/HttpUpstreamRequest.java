package io.weir.gateway.upstream;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.RequestOptions;
import io.weir.gateway.mcp.McpHeaders;
import io.weir.gateway.mcp.ProtocolVersion;
import io.weir.gateway.session.Payload;
import org.jspecify.annotations.Nullable;

/**
 * One request over HTTP. Confined to its event loop.
 *
 * <p>A request that meets a server which is just closing the idle connection is sent once more on a new one if that can
 * do no harm (RFC 9110, section 9.2.2): the connection had served before, not one byte of an answer came, and the
 * server does the same when it is asked twice.
 */
final class HttpUpstreamRequest implements UpstreamRequest {
    private final HttpConnections upstream;
    private final UpstreamLane lane;
    private final String tenant;
    private final RequestOptions options;
    private final MultiMap headers;
    private final boolean repeatable;
    private final Listener listener;
    private @Nullable Payload body;
    private TenantShares.@Nullable Turn turn;
    private ConnectionPool.@Nullable Waiter waiter;
    private @Nullable UpstreamConnection connection;
    private @Nullable HttpClientRequest sent;
    private @Nullable HttpClientResponse received;
    private boolean answered;
    private boolean sentWhole;
    private boolean repeated;
    private boolean over;

    /**
     * A request that {@link #begin} sends.
     *
     * @param tenant whose request it is
     * @param options what it asks for, which is not changed
     * @param body its bytes, which are not changed any more, or null
     * @param repeatable whether it does no harm to send it twice
     */
    HttpUpstreamRequest(
            HttpConnections upstream,
            UpstreamLane lane,
            String tenant,
            RequestOptions options,
            MultiMap headers,
            @Nullable Payload body,
            boolean repeatable,
            Listener listener) {
        this.upstream = upstream;
        this.lane = lane;
        this.tenant = tenant;
        this.options = options;
        this.headers = headers;
        this.body = body;
        this.repeatable = repeatable;
        this.listener = listener;
    }

    @Override
    public void begin() {
        long deadline = System.nanoTime() + HttpConnections.MAX_WAIT;
        TenantShares shares = upstream.shares(lane);
        if (shares == null) {
            connect(false, deadline);
            return;
        }
        TenantShares.Turn taken = shares.turn(
                tenant,
                deadline,
                () -> upstream.run(() -> connect(false, deadline)),
                cause -> upstream.run(() -> fail(cause)));
        turn = taken;
        if (taken.enter()) {
            connect(false, deadline);
        }
    }

    private void connect(boolean fresh, long deadline) {
        if (!over) {
            waiter = upstream.pool(lane)
                    .acquire(tenant, fresh, deadline, System.nanoTime(), this::connected, this::fail);
        }
    }

    private void connected(UpstreamConnection given) {
        connection = given;
        given.request(options).onComplete(made -> {
            if (over) {
                return;
            }
            if (made.failed()) {
                brokenBy(made.cause(), null);
            } else {
                send(made.result());
            }
        });
    }

    private void send(HttpClientRequest to) {
        sent = to;
        upstream.endToEnd(headers, to.headers());
        to.exceptionHandler(cause -> brokenBy(cause, to));
        to.response().onComplete(response -> {
            if (response.failed()) {
                brokenBy(response.cause(), to);
            } else if (!over) {
                answered = true;
                body = null;
                response.result().exceptionHandler(cause -> brokenBy(cause, to));
                noteFirst(response.result().statusCode());
                received = response.result();
                listener.answered(new HttpUpstreamResponse(response.result()));
                if (lane == UpstreamLane.STREAMS) {
                    // Streams last for hours.
                    to.headers().clear();
                }
            }
        });
        Payload bytes = body;
        if (!repeatable) {
            body = null;
        }
        (bytes == null ? to.end() : new Sending(to, bytes).begin()).onSuccess(written -> {
            if (to == sent) {
                sentWhole = true;
            }
        });
    }

    /** An {@code initialize} is answered by every server that is where its url says. */
    private void noteFirst(int status) {
        if (lane == UpstreamLane.CONTROL && !headers.contains(McpHeaders.SESSION_ID)) {
            String version = headers.get(McpHeaders.PROTOCOL_VERSION);
            upstream.faults()
                    .answeredFirst(status, ProtocolVersion.ofHeader(version).isStateless());
        }
    }

    /** What an earlier attempt still says is of no interest. */
    private void brokenBy(Throwable cause, @Nullable HttpClientRequest by) {
        UpstreamConnection broken = connection;
        if (over || by != sent || broken == null) {
            return;
        }
        boolean idleTooLong = !answered && broken.mayHaveBeenIdleTooLong();
        if (idleTooLong && repeatable && !repeated) {
            repeated = true;
            sent = null;
            connection = null;
            sentWhole = false;
            broken.reset(() -> {});
            connect(true, System.nanoTime() + HttpConnections.MAX_WAIT);
            return;
        }
        end();
        broken.reset(this::leave);
        listener.broken(cause, idleTooLong);
    }

    private void fail(Throwable cause) {
        if (!over) {
            end();
            leave();
            listener.broken(cause, false);
        }
    }

    @Override
    public void finished() {
        UpstreamConnection used = connection;
        HttpClientResponse response = received;
        if (!over && used != null && response != null) {
            end();
            used.finished(response, sentWhole);
            leave();
        }
    }

    @Override
    public void reset(Runnable gone, @Nullable Runnable workEnded) {
        if (over) {
            gone.run();
            return;
        }
        UpstreamConnection used = connection;
        ConnectionPool.Waiter waits = waiter;
        end();
        if (used != null) {
            used.reset(() -> {
                leave();
                gone.run();
            });
            return;
        }
        if (waits != null) {
            waits.giveUp();
        }
        leave();
        gone.run();
    }

    @Override
    public boolean isSentWhole() {
        return sentWhole;
    }

    @Override
    public boolean mayGetSurplus() {
        UpstreamConnection used = connection;
        return used != null && used.servedBefore();
    }

    @Override
    public boolean isWaiting() {
        ConnectionPool.Waiter waits = waiter;
        return connection == null && (waits == null || waits.isWaiting());
    }

    private void end() {
        over = true;
        body = null;
    }

    private void leave() {
        TenantShares.Turn held = turn;
        if (held != null) {
            turn = null;
            held.leave();
        }
    }
}
