package io.weir.gateway.ops;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.weir.config.ConfigException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /limits} of the operator's port: the limits with what set them, and their change. Thread-safe. */
final class LimitsEndpoint {
    private static final Logger LOG = LoggerFactory.getLogger("weir.admin");
    private static final int MAX_BODY_BYTES = 64 * 1024;

    private final Vertx vertx;
    private final LiveConfig live;
    private final Optional<TokenFile> token;
    private final Optional<PreviewRunner> previews;

    /** @param previews what changes would do; none without a decision log */
    LimitsEndpoint(Vertx vertx, LiveConfig live, Optional<TokenFile> token, Optional<PreviewRunner> previews) {
        this.vertx = vertx;
        this.live = live;
        this.token = token;
        this.previews = previews;
    }

    /** Makes an answer of a body. */
    private interface Answerer {
        Future<JsonAnswer> answer(byte[] body);
    }

    /** The limits in force. */
    String json() {
        return Statistics.limits(live);
    }

    /** Changes limits if that is asked for by someone who may. */
    void patch(HttpServerRequest request) {
        authorized(request, body -> vertx.executeBlocking(() -> change(body), false));
    }

    /** Says what a change would have done to what was offered lately, if that is asked for by someone who may change it. */
    void preview(HttpServerRequest request) {
        if (previews.isEmpty()) {
            refuse(
                    request,
                    409,
                    "no preview: it replays the decision log, and the gateway writes none; start it with --decision-log"
                            + " FILE, or with decision_log.file");
            return;
        }
        PreviewRunner runner = previews.get();
        authorized(
                request,
                body -> runner.run(() ->
                                live.trial(LimitsPatch.read(body).values()).config())
                        .recover(failure -> rejected(failure)
                                .map(Future::succeededFuture)
                                .orElseGet(() -> Future.failedFuture(failure))));
    }

    private void authorized(HttpServerRequest request, Answerer answerer) {
        if (token.isEmpty()) {
            refuse(
                    request,
                    403,
                    "nothing can be changed here: the gateway has no admin token; see its log, and"
                            + " admin.token_file");
            return;
        }
        if (!token.get().accepts(request.getHeader("Authorization"))) {
            request.response().putHeader("WWW-Authenticate", "Bearer realm=\"weir admin\"");
            refuse(
                    request,
                    401,
                    "needs the admin token: Authorization: Bearer TOKEN, of the file that the gateway"
                            + " named when it started");
            return;
        }
        if (!isJson(request.getHeader("Content-Type"))) {
            refuse(request, 415, "needs Content-Type: application/json");
            return;
        }
        receive(request, answerer);
    }

    private static boolean isJson(@Nullable String type) {
        return type != null
                && type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT).equals("application/json");
    }

    /** What has not been read of a request that is refused is not waited for. */
    private static void refuse(HttpServerRequest request, int status, String message) {
        request.response().putHeader("Connection", "close");
        AdminServer.answer(request, status, Statistics.error(message, List.of()));
    }

    private void receive(HttpServerRequest request, Answerer answerer) {
        Buffer body = Buffer.buffer();
        request.handler(part -> {
            if (body.length() <= MAX_BODY_BYTES) {
                body.appendBuffer(part);
                if (body.length() > MAX_BODY_BYTES) {
                    refuse(request, 413, "the body is larger than " + MAX_BODY_BYTES + " bytes");
                }
            }
        });
        request.exceptionHandler(gone -> {});
        request.endHandler(end -> {
            if (body.length() <= MAX_BODY_BYTES) {
                answerer.answer(body.getBytes())
                        .onSuccess(answer -> AdminServer.answer(request, answer.status(), answer.json()))
                        .onFailure(failure -> {
                            LOG.error("request not served", failure);
                            refuse(request, 500, "not done: see the gateway's log");
                        });
            }
        });
    }

    private JsonAnswer change(byte[] body) {
        try {
            LimitsPatch patch = LimitsPatch.read(body);
            live.patch(patch.values(), patch.persist());
            return new JsonAnswer(200, json());
        } catch (LimitsPatch.MalformedException | ConfigException | LiveConfig.ConflictException e) {
            return rejected(e).orElseThrow();
        }
    }

    private static Optional<JsonAnswer> rejected(Throwable failure) {
        int status;
        List<String> problems = List.of(String.valueOf(failure.getMessage()));
        if (failure instanceof LimitsPatch.MalformedException) {
            status = 400;
        } else if (failure instanceof LiveConfig.ConflictException) {
            status = 409;
        } else if (failure instanceof ConfigException invalid) {
            status = 422;
            problems = invalid.problems();
        } else {
            return Optional.empty();
        }
        return Optional.of(new JsonAnswer(status, Statistics.error("limits not changed", problems)));
    }
}
