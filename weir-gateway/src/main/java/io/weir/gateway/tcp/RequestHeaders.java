package io.weir.gateway.tcp;

import io.vertx.core.MultiMap;
import io.weir.gateway.jsonrpc.Message;
import io.weir.gateway.jsonrpc.MessageParts;
import io.weir.gateway.mcp.McpHeaders;
import io.weir.gateway.session.Payload;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** The HTTP headers that a message over TCP has at an upstream: what its client would have sent over HTTP. */
final class RequestHeaders {
    private static final String ACCEPT = "application/json, text/event-stream";

    private RequestHeaders() {}

    /** Those of a message of a session. */
    static MultiMap ofSession(String id, @Nullable String protocolVersion) {
        MultiMap headers = posted().set(McpHeaders.SESSION_ID, id);
        return protocolVersion == null ? headers : headers.set(McpHeaders.PROTOCOL_VERSION, protocolVersion);
    }

    /** Those of a GET for what the server sends in a session without having been asked. */
    static MultiMap ofStream(String id, @Nullable String protocolVersion) {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap()
                .set("Accept", "text/event-stream")
                .set(McpHeaders.SESSION_ID, id);
        return protocolVersion == null ? headers : headers.set(McpHeaders.PROTOCOL_VERSION, protocolVersion);
    }

    /**
     * Those of a message without a session: of the stateless era, where they repeat what the body says, or to a server
     * that knows none.
     *
     * @param negotiated the version that the server has answered an {@code initialize} with
     */
    static MultiMap ofMessage(Message message, Payload bytes, @Nullable String negotiated) {
        MultiMap headers = posted();
        if (negotiated != null) {
            return headers.set(McpHeaders.PROTOCOL_VERSION, negotiated);
        }
        String version = metaVersion(message, bytes.contiguous());
        if (version != null) {
            headers.set(McpHeaders.PROTOCOL_VERSION, version);
            if (message.method() != null) {
                headers.set(McpHeaders.METHOD, message.method());
            }
            if (message.target() != null) {
                headers.set(McpHeaders.NAME, value(message.target()));
            }
        }
        return headers;
    }

    private static MultiMap posted() {
        return MultiMap.caseInsensitiveMultiMap()
                .set("Content-Type", "application/json")
                .set("Accept", ACCEPT);
    }

    private static @Nullable String metaVersion(Message message, byte[] bytes) {
        try {
            String version = MessageParts.of(Arrays.copyOfRange(bytes, message.start(), message.end()))
                    .metaVersion();
            return version == null || !isVisible(version) ? null : version;
        } catch (IOException e) {
            throw new IllegalStateException("the envelope was read from the same bytes", e);
        }
    }

    private static boolean isVisible(String text) {
        return text.chars().allMatch(c -> c > ' ' && c < 0x7f);
    }

    /** As it is, or in Base64 where it is no value of a header. */
    private static String value(String text) {
        if (text.chars().allMatch(c -> c >= ' ' && c < 0x7f) && text.equals(text.strip()) && !text.startsWith("=?")) {
            return text;
        }
        return "=?base64?" + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8)) + "?=";
    }
}
