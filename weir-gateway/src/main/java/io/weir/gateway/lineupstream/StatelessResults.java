package io.weir.gateway.lineupstream;

import io.weir.gateway.jsonrpc.MessageParts;
import io.weir.gateway.mcp.ErrorCodes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Responses of servers of the session era in the words of the stateless era (MCP specification 2026-07-28). */
final class StatelessResults {
    /** What every result says there, and none here: it is whole, and not to be kept. */
    private static final String MEMBERS = "\"resultType\":\"complete\",\"ttlMs\":0,\"cacheScope\":\"private\"";

    private StatelessResults() {}

    /** The response with what results say there; an error stays as it is. */
    static byte[] of(byte[] response) {
        return parts(response).withMembersInResult(MEMBERS).toLine();
    }

    static boolean isError(byte[] response) {
        return parts(response).hasError();
    }

    /** Whether it is the error of an unknown method, which has the status 404 there. */
    static boolean isUnknownMethod(byte[] response) {
        return isError(response)
                && new String(response, StandardCharsets.UTF_8).contains("\"code\":" + ErrorCodes.METHOD_NOT_FOUND);
    }

    private static MessageParts parts(byte[] response) {
        try {
            return MessageParts.of(response);
        } catch (IOException e) {
            throw new IllegalStateException("it was read before", e);
        }
    }
}
