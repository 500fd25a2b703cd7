package io.weir.gateway.ops;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.weir.config.ConfigException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /limits} of the operator's port: the limits with what set them, and their change. Thread-safe. */
final class LimitsEndpoint {
    private static final Logger LOG = LoggerFactory.getLogger("weir.admin");
    private static final int MAX_BODY_BYTES = 64 * 1024;

    private final Vertx vertx;
    private final LiveConfig live;

    LimitsEndpoint(Vertx vertx, LiveConfig live) {
        this.vertx = vertx;
        this.live = live;
    }

    /** The limits in force. */
    String json() {
        return Statistics.limits(live);
    }

    /** Changes limits. */
    void patch(AdminRequest request) {
        if (isJson(request.http().getHeader("Content-Type"))) {
            receive(request);
        } else {
            request.refuse(415, "needs Content-Type: application/json");
        }
    }

    private static boolean isJson(@Nullable String type) {
        return type != null
                && type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT).equals("application/json");
    }

    private void receive(AdminRequest request) {
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
                vertx.executeBlocking(() -> answer(body.getBytes()), false)
                        .onSuccess(request::answer)
                        .onFailure(failure -> {
                            LOG.error("limits not changed", failure);
                            request.refuse(500, "limits not changed: see the gateway's log");
                        });
            }
        });
    }

    private AdminRequest.Answer answer(byte[] body) {
        try {
            LimitsPatch patch = LimitsPatch.read(body);
            live.patch(patch.values(), patch.persist());
            return new AdminRequest.Answer(200, json());
        } catch (LimitsPatch.MalformedException e) {
            return new AdminRequest.Answer(
                    400, Statistics.error("limits not changed", List.of(String.valueOf(e.getMessage()))));
        } catch (ConfigException e) {
            return new AdminRequest.Answer(422, Statistics.error("limits not changed", e.problems()));
        } catch (LiveConfig.ConflictException e) {
            return new AdminRequest.Answer(
                    409, Statistics.error("limits not changed", List.of(String.valueOf(e.getMessage()))));
        }
    }
}
