package io.weir.gateway.admission;

import io.weir.core.Priority;
import io.weir.gateway.jsonrpc.Message;
import io.weir.gateway.mcp.McpMethods;

/** How much messages matter where nothing is configured. */
final class Priorities {
    private static final String NOTIFICATIONS = "notifications/";

    private Priorities() {}

    static Priority of(Message message) {
        String method = message.method();
        return message.kind() != Message.Kind.REQUEST || method == null ? Priority.BACKGROUND : ofRequest(method);
    }

    /** The priority of a method by its name alone. */
    static Priority of(String method) {
        return method.startsWith(NOTIFICATIONS) ? Priority.BACKGROUND : ofRequest(method);
    }

    private static Priority ofRequest(String method) {
        return switch (method) {
            case McpMethods.TOOLS_CALL,
                    McpMethods.RESOURCES_READ,
                    McpMethods.PROMPTS_GET,
                    McpMethods.COMPLETION_COMPLETE -> Priority.CALL;
            case McpMethods.LOGGING_SET_LEVEL -> Priority.BACKGROUND;
            default -> Priority.LIST;
        };
    }
}
