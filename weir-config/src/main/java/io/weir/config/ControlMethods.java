package io.weir.config;

import java.util.Set;

/** The methods of MCP whose messages are on the control lane: never queued or refused, whatever is configured. */
public final class ControlMethods {
    /** The requests among them. */
    public static final Set<String> REQUESTS = Set.of("initialize", "server/discover", "ping");

    /** The notifications among them. */
    public static final Set<String> NOTIFICATIONS = Set.of("notifications/initialized", "notifications/cancelled");

    private ControlMethods() {}
}
