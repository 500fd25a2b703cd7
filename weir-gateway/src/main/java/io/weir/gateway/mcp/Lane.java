package io.weir.gateway.mcp;

import io.weir.config.ControlMethods;
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

    private static Lane ofRequest(@Nullable String method) {
        return method != null && ControlMethods.REQUESTS.contains(method) ? CONTROL : ORDINARY;
    }

    private static Lane ofNotification(@Nullable String method) {
        return method != null && ControlMethods.NOTIFICATIONS.contains(method) ? CONTROL : ORDINARY;
    }
}
