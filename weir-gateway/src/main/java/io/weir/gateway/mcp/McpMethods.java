package io.weir.gateway.mcp;

/** The methods of MCP that are treated in their own way. */
public final class McpMethods {
    public static final String INITIALIZE = "initialize";
    public static final String INITIALIZED = "notifications/initialized";
    public static final String DISCOVER = "server/discover";
    public static final String PING = "ping";
    /** Of the gateway's own: tells a client that its queue fills up, or does so no more. */
    public static final String BACKPRESSURE = "notifications/backpressure";

    public static final String CANCELLED = "notifications/cancelled";
    public static final String SUBSCRIPTIONS_LISTEN = "subscriptions/listen";
    public static final String TOOLS_CALL = "tools/call";
    public static final String RESOURCES_READ = "resources/read";
    public static final String PROMPTS_GET = "prompts/get";
    public static final String COMPLETION_COMPLETE = "completion/complete";
    public static final String LOGGING_SET_LEVEL = "logging/setLevel";

    private McpMethods() {}
}
