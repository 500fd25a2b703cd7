package io.weir.config;

/**
 * A server that reads and writes lines, one JSON-RPC message each: a child process, or one that is connected to over
 * TCP.
 */
public sealed interface LineTransport extends UpstreamTransport permits StdioTransport, TcpTransport {
    /** How many processes or connections there may be, and for how long. */
    ChildPolicy policy();

    /** The key that bounds their number, below the upstream: for messages to clients and operators. */
    String maxKey();

    /** How sessions share its processes or connections, and how many there may be, for an operator. */
    String describePolicy();

    /** Whether the gateway starts it, and does not just connect to it. */
    boolean isStarted();

    /** The section of the other keys of {@link #policy}, below the upstream. */
    String section();
}
