package io.weir.gateway.proxy;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.weir.gateway.http.Workers;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** What an event loop offers to the handlers of its requests. Confined to that event loop, but for {@link #run}. */
public final class LoopContext {
    private final Vertx vertx;
    private final Context context;
    private final ProxyServices services;
    private final UnreadRequests unread;
    private final InFlightSet inFlight = new InFlightSet();
    private final LoopUpstreams upstreams = new LoopUpstreams();
    private boolean draining;

    /** Ends requests that are not read. */
    public interface UnreadRequests {
        /**
         * Responds to a request whose body is not read, and closes its connection once the client could have read that.
         */
        void refuse(HttpServerRequest request, int status, String message);
    }

    /** The context of that event loop. */
    public LoopContext(Vertx vertx, Context context, ProxyServices services, UnreadRequests unread) {
        this.vertx = vertx;
        this.context = context;
        this.services = services;
        this.unread = unread;
    }

    /** What the handlers of all event loops share. */
    public ProxyServices services() {
        return services;
    }

    /** The upstreams of this event loop. */
    public LoopUpstreams upstreams() {
        return upstreams;
    }

    /** What this event loop has in flight. */
    public InFlightSet inFlight() {
        return inFlight;
    }

    /** Runs on this event loop, later. May be called from any thread. */
    public void run(Runnable work) {
        context.runOnContext(ignored -> work.run());
    }

    /** Runs on this event loop after a while. */
    public void later(long millis, Runnable work) {
        vertx.setTimer(millis, timer -> work.run());
    }

    /** Runs on a worker, so that the event loop is not held up; the result comes back to it. */
    public <T extends @Nullable Object> Future<T> offLoop(Callable<T> work) {
        return Workers.runUnordered(vertx, work);
    }

    /** Responds to a request whose body is not read, and closes its connection once the client could have read that. */
    void refuseUnread(HttpServerRequest request, int status, String message) {
        unread.refuse(request, status, message);
    }

    /** Responds to a request whose body takes too long, as {@link #refuseUnread} does. */
    public void refuseLateBody(HttpServerRequest request) {
        refuseUnread(
                request,
                408,
                "the body did not come whole within "
                        + services.config().edge().bodyTimeout().toMillis()
                        + " ms; the operator can raise edge.body_timeout_ms");
    }

    /** From now on every response ends its connection, and nothing begins but what serves that which is in flight. */
    public void beginDrain() {
        draining = true;
    }

    /** Whether the gateway is shutting down. */
    public boolean isDraining() {
        return draining;
    }
}
