/**
 * Clients that speak JSON-RPC over TCP, a message a line. One connection is one client, with one MCP session at the
 * most.
 */
@NullMarked
package io.weir.gateway.tcp;

import org.jspecify.annotations.NullMarked;
