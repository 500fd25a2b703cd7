package io.weir.gateway.proxy;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.weir.gateway.jsonrpc.Envelope;
import io.weir.gateway.jsonrpc.JsonRpcError;
import io.weir.gateway.jsonrpc.MalformedMessageException;
import io.weir.gateway.jsonrpc.Message;
import java.util.List;

/** The answers that the edge itself gives. */
public final class ErrorResponses {
    /** What is told when nothing new begins any more. */
    public static final String SHUTTING_DOWN = "The gateway is shutting down; connect again";

    private static final String JSON = "application/json";

    private ErrorResponses() {}

    /** Responds with JSON, unless the client is gone or an answer has begun. */
    static void json(HttpServerResponse response, int status, byte[] body) {
        if (!response.closed() && !response.headWritten() && !response.ended()) {
            response.setStatusCode(status).putHeader("Content-Type", JSON).end(Buffer.buffer(body));
        }
    }

    /** Responds that a request is not served, in JSON that an MCP client can show. */
    public static void fault(HttpServerResponse response, int status, String message) {
        json(response, status, error(message));
    }

    /** An error without an id, that says why a request is not served. */
    static byte[] error(String message) {
        return new JsonRpcError(null, MalformedMessageException.INVALID_REQUEST, message).toBytes();
    }

    /** As {@link #fault}, and closes the connection: the rest of the request is not read. */
    public static void faultAndClose(HttpServerResponse response, int status, String message) {
        response.putHeader("Connection", "close");
        fault(response, status, message);
    }

    /** One error for each request, as JSON: an array of them for a batch. Without a request, an error without an id. */
    static byte[] forRequests(Envelope envelope, int code, String message) {
        List<JsonRpcError> errors = envelope.messages().stream()
                .filter(each -> each.kind() == Message.Kind.REQUEST)
                .map(each -> new JsonRpcError(each.id(), code, message))
                .toList();
        if (errors.isEmpty()) {
            return new JsonRpcError(null, code, message).toBytes();
        }
        return envelope.batch() ? JsonRpcError.toBytes(errors) : errors.get(0).toBytes();
    }
}
