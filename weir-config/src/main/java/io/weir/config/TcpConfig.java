package io.weir.config;

/**
 * Where MCP clients connect that speak JSON-RPC over TCP, a message a line.
 *
 * @param listen the address
 * @param upstream the name of the upstream that these clients speak to
 * @param reusePort whether several processes may listen on this address; the kernel spreads connections over them
 * @param proxyProtocol whether connections from trusted proxies begin with a PROXY header
 * @param maxAnswerBytes the longest message to a client
 */
public record TcpConfig(
        HostPort listen, String upstream, boolean reusePort, boolean proxyProtocol, int maxAnswerBytes) {}
