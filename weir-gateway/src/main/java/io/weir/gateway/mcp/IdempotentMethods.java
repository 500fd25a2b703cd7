package io.weir.gateway.mcp;

import io.weir.gateway.jsonrpc.Message;
import java.util.List;
import java.util.Set;

/**
 * Which messages a server may be sent twice without harm (RFC 9110, section 9.2.2, asks to know that before a POST is
 * repeated): they read, or their effect is the same the second time. Calls of tools are not among them, nor is what is
 * not known here.
 */
public final class IdempotentMethods {
    private static final Set<String> REQUESTS = Set.of(
            McpMethods.INITIALIZE,
            McpMethods.DISCOVER,
            McpMethods.PING,
            McpMethods.RESOURCES_READ,
            McpMethods.PROMPTS_GET,
            McpMethods.COMPLETION_COMPLETE,
            McpMethods.LOGGING_SET_LEVEL,
            McpMethods.SUBSCRIPTIONS_LISTEN,
            "tools/list",
            "resources/list",
            "resources/templates/list",
            "prompts/list",
            "resources/subscribe",
            "resources/unsubscribe",
            "tasks/get",
            "tasks/list");

    private static final Set<String> NOTIFICATIONS = Set.of(
            McpMethods.INITIALIZED, McpMethods.CANCELLED, "notifications/progress", "notifications/roots/list_changed");

    private IdempotentMethods() {}

    /** Whether all of them may be sent twice. */
    public static boolean all(List<Message> messages) {
        for (Message message : messages) {
            if (!isRepeatable(message)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isRepeatable(Message message) {
        String method = message.method();
        return switch (message.kind()) {
            // A server no longer waits for the second answer of one id.
            case RESPONSE -> true;
            case REQUEST -> method != null && REQUESTS.contains(method);
            case NOTIFICATION -> method != null && NOTIFICATIONS.contains(method);
        };
    }
}
