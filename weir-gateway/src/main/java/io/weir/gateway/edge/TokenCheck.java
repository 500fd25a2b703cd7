package io.weir.gateway.edge;

import io.vertx.core.http.HttpServerRequest;
import io.weir.gateway.auth.TokenVerdict;
import io.weir.gateway.auth.Tokens;
import io.weir.gateway.proxy.Abortable;
import io.weir.gateway.proxy.BodyReceiver;
import io.weir.gateway.proxy.LoopContext;
import java.util.function.Consumer;

/** A request whose token is being verified: its body is not read meanwhile. Confined to its event loop. */
final class TokenCheck implements Abortable, BodyReceiver {
    private final LoopContext loop;
    private final HttpServerRequest request;
    private final Consumer<TokenVerdict> then;
    private final Runnable aborted;

    /**
     * A check that has not begun.
     *
     * @param then goes on with the request, which is not told to if its client is gone
     * @param aborted responds to it when the gateway stops
     */
    TokenCheck(LoopContext loop, HttpServerRequest request, Consumer<TokenVerdict> then, Runnable aborted) {
        this.loop = loop;
        this.request = request;
        this.then = then;
        this.aborted = aborted;
    }

    void begin(Tokens tokens, String token) {
        request.pause();
        loop.inFlight().addReceiving(this);
        var unused = tokens.verify(token).thenAccept(verdict -> loop.run(() -> verified(verdict)));
    }

    private void verified(TokenVerdict verdict) {
        if (!loop.inFlight().removeReceiving(this) || request.response().closed()) {
            return;
        }
        then.accept(verdict);
        request.resume();
    }

    @Override
    public boolean timeOut() {
        boolean receiving = loop.inFlight().removeReceiving(this);
        if (receiving) {
            loop.refuseLateBody(request);
        }
        return receiving;
    }

    @Override
    public void abort(long now) {
        loop.inFlight().removeReceiving(this);
        aborted.run();
    }
}
