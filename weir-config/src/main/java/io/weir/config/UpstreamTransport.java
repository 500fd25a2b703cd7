package io.weir.config;

/** Where an MCP server is, and how it is spoken to. */
public sealed interface UpstreamTransport permits HttpTransport, LineTransport {
    /** Where it is, for an operator: without parts that may hold a secret. */
    String describe();
}
