package io.weir.gateway.mcp;

import io.weir.gateway.jsonrpc.Message;
import org.jspecify.annotations.Nullable;

/** Whether a message may be refused. */
public enum Lane {
    /** Refusing it breaks a client or holds resources: admitted under bounds of its own. */
    CONTROL,
    /** Admitted under the configured limits. */
    ORDINARY;

    /** The lane of a message: by its method, written exactly so; every response is on the control lane. */
    public static Lane of(Message message) {
        return switch (message.kind()) {
            case RESPONSE -> CONTROL;
            case REQUEST -> ofRequest(message.method());
            case NOTIFICATION -> ofNotification(message.method());
        };
    }

    /** Whether the messages of that method are on the control lane, as requests or as notifications. */
    public static boolean isControl(String method) {
        return ofRequest(method) == CONTROL || ofNotification(method) == CONTROL;
    }

    private static Lane ofRequest(@Nullable String method) {
        return McpMethods.INITIALIZE.equals(method)
                        || McpMethods.DISCOVER.equals(method)
                        || McpMethods.PING.equals(method)
                ? CONTROL
                : ORDINARY;
    }

    private static Lane ofNotification(@Nullable String method) {
        return McpMethods.INITIALIZED.equals(method) || McpMethods.CANCELLED.equals(method) ? CONTROL : ORDINARY;
    }
}
