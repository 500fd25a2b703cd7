package io.weir.gateway.edge;

import io.vertx.core.http.HttpServerRequest;
import io.weir.gateway.auth.TokenVerdict;
import io.weir.gateway.auth.Tokens;
import io.weir.gateway.proxy.LoopContext;
import io.weir.gateway.proxy.Receiving;
import java.util.function.Consumer;

/** A request whose token is being verified: its body is not read meanwhile. Confined to its event loop. */
final class TokenCheck implements Receiving {
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
        loop.inFlight().addReceiving(request.connection(), this);
        var unused = tokens.verify(token).thenAccept(verdict -> loop.run(() -> verified(verdict)));
    }

    private void verified(TokenVerdict verdict) {
        if (!decided() || request.response().closed()) {
            return;
        }
        then.accept(verdict);
        request.resume();
    }

    /** Nothing looks after it any more; false if that was so before. */
    private boolean decided() {
        return loop.inFlight().removeReceiving(request.connection(), this);
    }

    @Override
    public void timeOut() {
        decided();
        loop.refuseLateBody(request);
    }

    @Override
    public void abort(long now) {
        decided();
        aborted.run();
    }
}
