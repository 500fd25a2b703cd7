package io.weir.gateway.ops;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.weir.config.ConfigException;
import io.weir.gateway.http.Workers;
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
    private final Optional<PreviewRunner> previews;

    /** @param previews what changes would do; none without a decision log */
    LimitsEndpoint(Vertx vertx, LiveConfig live, Optional<PreviewRunner> previews) {
        this.vertx = vertx;
        this.live = live;
        this.previews = previews;
    }

    /** Makes an answer of a body. */
    private interface Answerer {
        Future<AdminRequest.Answer> answer(byte[] body);
    }

    /** The limits in force. */
    String json() {
        return Statistics.limits(live);
    }

    /** Changes limits. */
    void patch(AdminRequest request) {
        receive(request, body -> Workers.runUnordered(vertx, () -> change(body)));
    }

    /** Says what a change would have done to what was offered lately. */
    void preview(AdminRequest request) {
        if (previews.isEmpty()) {
            request.refuse(
                    409,
                    "no preview: it replays the decision log, and the gateway writes none; start it with --decision-log"
                            + " FILE, or with decision_log.file");
            return;
        }
        PreviewRunner runner = previews.get();
        receive(
                request,
                body -> runner.run(() ->
                                live.trial(LimitsPatch.read(body).values()).config())
                        .recover(failure -> rejected(failure)
                                .map(Future::succeededFuture)
                                .orElseGet(() -> Future.failedFuture(failure))));
    }

    private static boolean isJson(@Nullable String type) {
        return type != null
                && type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT).equals("application/json");
    }

    private void receive(AdminRequest request, Answerer answerer) {
        if (!isJson(request.http().getHeader("Content-Type"))) {
            request.refuse(415, "needs Content-Type: application/json");
            return;
        }
        Buffer body = Buffer.buffer();
        HttpServerRequest http = request.http();
        http.handler(part -> {
            if (body.length() <= MAX_BODY_BYTES) {
                body.appendBuffer(part);
                if (body.length() > MAX_BODY_BYTES) {
                    request.refuse(413, "the body is larger than " + MAX_BODY_BYTES + " bytes");
                }
            }
        });
        http.exceptionHandler(gone -> {});
        http.endHandler(end -> {
            if (body.length() <= MAX_BODY_BYTES) {
                answerer.answer(body.getBytes()).onSuccess(request::answer).onFailure(failure -> {
                    LOG.error("request not served", failure);
                    request.refuse(500, "not done: see the gateway's log");
                });
            }
        });
    }

    private AdminRequest.Answer change(byte[] body) {
        try {
            LimitsPatch patch = LimitsPatch.read(body);
            live.patch(patch.values(), patch.persist());
            return AdminRequest.Answer.ok(json());
        } catch (LimitsPatch.MalformedException | ConfigException | LiveConfig.ConflictException e) {
            return rejected(e).orElseThrow();
        }
    }

    private static Optional<AdminRequest.Answer> rejected(Throwable failure) {
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
        return Optional.of(new AdminRequest.Answer(status, Statistics.error("limits not changed", problems)));
    }
}
