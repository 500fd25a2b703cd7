package io.weir.gateway.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.weir.gateway.jsonrpc.JsonRpcError;

/** The answers that the edge itself gives. */
final class ErrorResponses {
    /** The upstream could not be reached, broke off, or sent what is not HTTP. Outside the range of JSON-RPC's own codes. */
    static final int UPSTREAM_FAILED = -31502;

    /** The upstream took longer than it may. */
    static final int UPSTREAM_TIMED_OUT = -31504;

    /** What is told when nothing new begins any more. */
    static final String SHUTTING_DOWN = "The gateway is shutting down; connect again";

    private static final String JSON = "application/json";

    private ErrorResponses() {}

    /** ErrorResponses with JSON, unless the client is gone or an answer has begun. */
    static void json(HttpServerResponse response, int status, byte[] body) {
        if (!response.closed() && !response.headWritten() && !response.ended()) {
            response.setStatusCode(status).putHeader("Content-Type", JSON).end(Buffer.buffer(body));
        }
    }

    /** ErrorResponses that a request is not served, in JSON that an MCP client can show. */
    static void fault(HttpServerResponse response, int status, String message) {
        json(response, status, new JsonRpcError(null, -32600, message).toBytes());
    }

    /** As {@link #fault}, and closes the connection: the rest of the request is not read. */
    static void faultAndClose(HttpServerResponse response, int status, String message) {
        response.putHeader("Connection", "close");
        fault(response, status, message);
    }
}
