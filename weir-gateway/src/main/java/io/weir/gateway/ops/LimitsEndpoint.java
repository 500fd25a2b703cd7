package io.weir.gateway.ops;

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

    LimitsEndpoint(Vertx vertx, LiveConfig live, Optional<TokenFile> token) {
        this.vertx = vertx;
        this.live = live;
        this.token = token;
    }

    private record Answer(int status, String json) {}

    /** The limits in force. */
    String json() {
        return Statistics.limits(live);
    }

    /** Changes limits if that is asked for by someone who may. */
    void patch(HttpServerRequest request) {
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
        receive(request);
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

    private void receive(HttpServerRequest request) {
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
                vertx.executeBlocking(() -> answer(body.getBytes()), false)
                        .onSuccess(answer -> AdminServer.answer(request, answer.status(), answer.json()))
                        .onFailure(failure -> {
                            LOG.error("limits not changed", failure);
                            refuse(request, 500, "limits not changed: see the gateway's log");
                        });
            }
        });
    }

    private Answer answer(byte[] body) {
        try {
            LimitsPatch patch = LimitsPatch.read(body);
            live.patch(patch.values(), patch.persist());
            return new Answer(200, json());
        } catch (LimitsPatch.MalformedException e) {
            return new Answer(400, Statistics.error("limits not changed", List.of(String.valueOf(e.getMessage()))));
        } catch (ConfigException e) {
            return new Answer(422, Statistics.error("limits not changed", e.problems()));
        } catch (LiveConfig.ConflictException e) {
            return new Answer(409, Statistics.error("limits not changed", List.of(String.valueOf(e.getMessage()))));
        }
    }
}
