package io.weir.gateway.mcp;

/** The HTTP headers of MCP's Streamable HTTP transport. Names are compared without regard to case. */
public final class McpHeaders {
    /** Session era: the session of an exchange, issued by the answer to {@code initialize}. */
    public static final String SESSION_ID = "Mcp-Session-Id";

    /** The {@link ProtocolVersion} of an exchange. */
    public static final String PROTOCOL_VERSION = "MCP-Protocol-Version";

    /** Stateless era: the method of the body. */
    public static final String METHOD = "Mcp-Method";

    /** Stateless era: the target of the body, maybe as {@code =?base64?…?=}. */
    public static final String NAME = "Mcp-Name";

    /** Stateless era: how the names of all headers begin that repeat a parameter. */
    public static final String PARAM_PREFIX = "Mcp-Param-";

    /** Session era: where an interrupted stream resumes. */
    public static final String LAST_EVENT_ID = "Last-Event-ID";

    private McpHeaders() {}
}
