package io.weir.gateway.upstream;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpMethod;
import io.weir.config.UpstreamConfig;
import io.weir.gateway.admission.Upstream;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Payload;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An MCP server as one event loop sees it, whatever it is reached by. Confined to its event loop. */
public interface UpstreamServer {
    UpstreamConfig config();

    /** Where requests to it are offered. */
    Upstream admission();

    /** What goes wrong with it. */
    UpstreamFaults faults();

    /**
     * A request that {@link UpstreamRequest#begin} sends.
     *
     * @param lane what it stands behind
     * @param client whose request it is
     * @param headers of the client's request
     * @param body its bytes, which are not changed any more, or null
     * @param repeatable whether it does no harm to send it twice
     * @param listener who asked
     */
    UpstreamRequest request(
            UpstreamLane lane,
            Client client,
            HttpMethod method,
            MultiMap headers,
            @Nullable Payload body,
            boolean repeatable,
            UpstreamRequest.Listener listener);

    /**
     * A GET of another path of its origin, as {@link #request}; nothing where it is not reached over HTTP.
     *
     * @param lane what it stands behind
     * @param path begins with a slash
     */
    Optional<UpstreamRequest> get(
            UpstreamLane lane, Client client, String path, MultiMap headers, UpstreamRequest.Listener listener);

    /** Closes what was idle for too long, and ends waits that took too long; to be called a few times a second. */
    void sweep(long now);

    /** Closes what is idle. */
    void close();

    /** It was removed: from now on, what becomes idle is closed. What it has goes on. */
    default void retire() {}

    /** It was removed, and nothing of it is left: gives up what it could connect with. */
    default void end() {}
}
