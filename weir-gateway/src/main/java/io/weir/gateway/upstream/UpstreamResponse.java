package io.weir.gateway.upstream;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.weir.gateway.http.HeaderNames;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The response of an upstream: its head, and its body as it comes. Confined to the event loop of its request. */
public interface UpstreamResponse {
    int statusCode();

    MultiMap headers();

    /** The value of that header; null if it is not there. */
    default @Nullable String header(CharSequence name) {
        return headers().get(name);
    }

    /** Whether its body is of that type, such as {@code application/json}. */
    default boolean isOfType(String type) {
        String found = header(HeaderNames.CONTENT_TYPE);
        return found != null && found.regionMatches(true, 0, type, 0, type.length());
    }

    /** Is given the body, piece by piece. */
    void handler(Consumer<Buffer> handler);

    /** Is run when the body has ended. */
    void endHandler(Runnable end);

    /** Stops the body from coming, until {@link #resume}. What has come so far may still be given. */
    void pause();

    void resume();
}
