package io.weir.gateway.mcp;

/** The HTTP headers of MCP's Streamable HTTP transport. Names are compared without regard to case. */
public final class McpHeaders {
    /** Session era: the session of an exchange, issued by the answer to {@code initialize}. */
    public static final String SESSION_ID = "Mcp-Session-Id";

    /** The {@link ProtocolVersion} of an exchange. */
    public static final String PROTOCOL_VERSION = "MCP-Protocol-Version";

    /** Stateless era: the method of the message in the body. */
    public static final String METHOD = "Mcp-Method";

    /** Stateless era: the tool, prompt or resource that the message in the body is about. */
    public static final String NAME = "Mcp-Name";

    private McpHeaders() {}
}
