package io.weir.gateway.proxy;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.weir.config.HttpTransport;
import io.weir.gateway.http.HeaderNames;
import io.weir.gateway.session.Client;
import io.weir.gateway.upstream.UpstreamLane;
import io.weir.gateway.upstream.UpstreamRequest;
import io.weir.gateway.upstream.UpstreamResponse;
import io.weir.gateway.upstream.UpstreamServer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Fetches the OAuth metadata of servers for clients of the gateway. Nothing of it is kept. Confined to its event loop.
 */
public final class MetadataRelay {
    /** What a document may have at the most, in bytes. */
    static final int MAX_BYTES = 32 * 1024;

    /** What one takes while it is fetched, read and written: several times its length. */
    private static final long MEMORY = 8L * MAX_BYTES;

    /** At a time and event loop: anyone may ask, and bodies of requests have the same budget. */
    private static final int MAX_UNDER_WAY = 8;

    private static final long TIMEOUT = TimeUnit.SECONDS.toNanos(10);

    /** No credentials are among these: metadata is public, and who asks for it may have none. */
    private static final List<CharSequence> PASSED_ON = List.of(
            HeaderNames.HOST,
            HeaderNames.USER_AGENT,
            HeaderNames.X_FORWARDED_FOR,
            HeaderNames.name("X-Forwarded-Host"),
            HeaderNames.name("X-Forwarded-Port"),
            HeaderNames.name("X-Forwarded-Proto"),
            HeaderNames.PROTOCOL_VERSION);

    private final LoopContext loop;
    private int underWay;

    /** For the requests of that event loop. */
    public MetadataRelay(LoopContext loop) {
        this.loop = loop;
    }

    /**
     * Answers with a document of that server.
     *
     * @param name the well-known path that the document has for a server at the root of its origin
     * @param resource what the document is to call the server, or null where it stays as it is
     */
    public void answer(HttpServerRequest request, UpstreamServer upstream, String name, @Nullable String resource) {
        HttpTransport http = upstream.config().http().orElse(null);
        if (http == null) {
            ErrorResponses.fault(request.response(), 404, nothingAt(upstream));
            return;
        }
        if (underWay >= MAX_UNDER_WAY || !loop.services().bodies().take(MEMORY)) {
            loop.services().counters().metadataRefused.increment();
            request.response().putHeader("Retry-After", "1");
            ErrorResponses.fault(
                    request.response(), 503, "too many requests of this kind are under way; retry in 1000 ms");
            return;
        }
        underWay++;
        new Fetch(request, upstream, paths(name, http.url().getRawPath()), resource).begin();
    }

    /** Where a server may have it: behind the name stands its path, but many have it under the name alone. */
    private static List<String> paths(String name, @Nullable String path) {
        String end = path == null ? "" : path.replaceAll("/+$", "");
        return end.isEmpty() ? List.of(name) : List.of(name + end, name);
    }

    private static String nothingAt(UpstreamServer upstream) {
        return "the server '" + upstream.config().name() + "' has no such OAuth metadata";
    }

    /** One document, which is looked for at one path after the other. */
    private final class Fetch implements UpstreamRequest.Listener, HasDeadline {
        private final HttpServerRequest request;
        private final UpstreamServer upstream;
        private final ArrayDeque<String> paths;
        private final @Nullable String resource;
        private final MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        private final long deadline = System.nanoTime() + TIMEOUT;
        private Buffer body = Buffer.buffer();
        private @Nullable UpstreamRequest sent;
        private boolean over;

        Fetch(HttpServerRequest request, UpstreamServer upstream, List<String> paths, @Nullable String resource) {
            this.request = request;
            this.upstream = upstream;
            this.paths = new ArrayDeque<>(paths);
            this.resource = resource;
            for (CharSequence each : PASSED_ON) {
                String value = request.headers().get(each);
                if (value != null) {
                    headers.set(each, value);
                }
            }
            headers.set("Accept", "application/json");
        }

        void begin() {
            loop.inFlight().add(this);
            request.response().closeHandler(closed -> giveUp());
            next();
        }

        private void next() {
            upstream.get(UpstreamLane.SIGNALS, Client.NOBODY, paths.removeFirst(), headers, this)
                    .ifPresent(made -> {
                        sent = made;
                        made.begin();
                    });
        }

        @Override
        public void answered(UpstreamResponse from) {
            boolean wanted = from.statusCode() == 200;
            from.handler(bytes -> {
                if (over) {
                    return;
                }
                if (bytes.length() > MAX_BYTES - body.length()) {
                    unusable("is larger than " + MAX_BYTES + " bytes");
                } else {
                    body.appendBuffer(bytes);
                }
            });
            from.endHandler(() -> {
                if (over) {
                    return;
                }
                UpstreamRequest used = sent;
                if (used != null) {
                    used.finished();
                }
                if (wanted) {
                    pass();
                } else {
                    notThere(from.statusCode());
                }
            });
        }

        private void notThere(int status) {
            if (status / 100 == 4 && !paths.isEmpty()) {
                body = Buffer.buffer();
                next();
            } else if (status / 100 == 4) {
                fault(404, nothingAt(upstream) + ": it answered " + status);
            } else {
                unusable("cannot be had: it answered " + status);
            }
        }

        private void pass() {
            Buffer document;
            try {
                document = renamed(body);
            } catch (DecodeException | ClassCastException e) {
                unusable("is no JSON object");
                return;
            }
            if (end() && !request.response().closed()) {
                request.response()
                        .putHeader("Content-Type", "application/json")
                        .putHeader("Cache-Control", "no-store")
                        .end(document);
            }
        }

        /** What is signed names the server by its own URL, and would go before what is not (RFC 9728, section 2.2). */
        private Buffer renamed(Buffer document) {
            JsonObject read = new JsonObject(document);
            if (resource == null) {
                return document;
            }
            read.remove("signed_metadata");
            return read.put("resource", resource).toBuffer();
        }

        private void unusable(String problem) {
            loop.services().counters().upstreamFailures.increment();
            fault(502, "the OAuth metadata of the server '" + upstream.config().name() + "' " + problem);
        }

        @Override
        public void broken(Throwable cause, boolean idleTooLong) {
            if (!over) {
                loop.services().counters().upstreamFailures.increment();
                fault(502, upstream.faults().report(cause, idleTooLong));
            }
        }

        private void fault(int status, String message) {
            if (end()) {
                ErrorResponses.fault(request.response(), status, message);
            }
        }

        private void giveUp() {
            end();
        }

        /** What is still to come of the server's answer goes with its connection. */
        private boolean end() {
            if (over) {
                return false;
            }
            over = true;
            underWay--;
            loop.inFlight().remove(this);
            loop.services().bodies().giveBack(MEMORY);
            UpstreamRequest used = sent;
            if (used != null) {
                used.reset(() -> {});
            }
            return true;
        }

        @Override
        public long deadline() {
            return deadline;
        }

        @Override
        public void timeOut(long now) {
            if (!over) {
                loop.services().counters().upstreamTimeouts.increment();
                fault(504, "the server '" + upstream.config().name() + "' did not send its OAuth metadata in time");
            }
        }
    }
}
