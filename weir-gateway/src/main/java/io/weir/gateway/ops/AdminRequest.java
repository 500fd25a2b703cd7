package io.weir.gateway.ops;

import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A request at the operator's port that was let in. To be answered once, on the event loop of that port. */
final class AdminRequest {
    private static final Logger LOG = LoggerFactory.getLogger("weir.admin");
    private static final String JSON = "application/json";

    private final HttpServerRequest http;
    private final String parameter;

    /**
     * A request.
     *
     * @param parameter of its path, decoded; empty if that has none
     */
    AdminRequest(HttpServerRequest http, String parameter) {
        this.http = http;
        this.parameter = parameter;
    }

    /** What is answered: a status and JSON. */
    record Answer(int status, String json) {
        static Answer ok(String json) {
            return new Answer(200, json);
        }

        static Answer error(int status, String message) {
            return new Answer(status, Statistics.error(message, List.of()));
        }
    }

    /** A query that is not understood; the message says what would be. */
    static final class BadQueryException extends Exception {
        private static final long serialVersionUID = 1L;

        BadQueryException(String message) {
            super(message);
        }
    }

    HttpServerRequest http() {
        return http;
    }

    String parameter() {
        return parameter;
    }

    /** Its query. @throws BadQueryException if something stands there twice, or is none of these */
    Query query(String... known) throws BadQueryException {
        Map<String, String> values = new HashMap<>();
        try {
            for (Map.Entry<String, String> each : http.params()) {
                String name = each.getKey();
                if (!Arrays.asList(known).contains(name)) {
                    throw new BadQueryException("unknown parameter '" + name + "'; there are "
                            + String.join(", ", new TreeSet<>(Set.of(known))));
                }
                if (values.put(name, each.getValue()) != null) {
                    throw new BadQueryException(name + ": stands there twice");
                }
            }
        } catch (IllegalArgumentException e) {
            throw new BadQueryException("the query is not percent-encoded as a URL has it");
        }
        return new Query(values);
    }

    /** The parameters behind a path, by name. */
    record Query(Map<String, String> values) {
        @Nullable
        String text(String name) {
            return values.get(name);
        }

        int number(String name, int byDefault, int least, int most) throws BadQueryException {
            String text = values.get(name);
            if (text == null) {
                return byDefault;
            }
            try {
                int number = Integer.parseInt(text);
                if (number >= least && number <= most) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // As below.
            }
            throw new BadQueryException(name + ": must be a number from " + least + " to " + most);
        }

        /** One of several; the first of them if it is not there. */
        <T> T choice(String name, T[] from, Function<T, String> key) throws BadQueryException {
            String text = values.get(name);
            if (text == null) {
                return from[0];
            }
            for (T each : from) {
                if (key.apply(each).equals(text)) {
                    return each;
                }
            }
            throw new BadQueryException(
                    name + ": must be one of " + Arrays.stream(from).map(key).collect(Collectors.joining(", ")));
        }
    }

    /** Answers with JSON that must not be kept by anyone. */
    Future<Void> answer(Answer answer) {
        return answer(answer.status(), JSON, answer.json());
    }

    /** Answers with a text that must not be kept by anyone; done when that is written. */
    Future<Void> answer(int status, String type, String text) {
        HttpServerResponse response = http.response();
        if (response.closed() || response.ended()) {
            return Future.succeededFuture();
        }
        return response.setStatusCode(status)
                .putHeader("Content-Type", type)
                .putHeader("Cache-Control", "no-store")
                .end(text);
    }

    /** Answers with what the worker comes to. */
    void answerFrom(AdminWorker worker, Callable<Answer> work) {
        worker.run(work).onSuccess(this::answer).onFailure(failure -> {
            if (failure instanceof AdminWorker.BusyException) {
                answer(Answer.error(503, "too many requests wait here; try again"));
            } else if (failure instanceof RejectedExecutionException) {
                answer(Answer.error(503, "the gateway is shutting down"));
            } else {
                LOG.error("{} {} failed", http.method(), http.path(), failure);
                answer(Answer.error(500, "failed: see the gateway's log"));
            }
        });
    }

    /** Answers with an error. What has not been read of the request is not waited for. */
    void refuse(int status, String message) {
        http.response().putHeader("Connection", "close");
        answer(Answer.error(status, message));
    }
}
