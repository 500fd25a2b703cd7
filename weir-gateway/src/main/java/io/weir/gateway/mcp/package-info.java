/** What MCP adds to JSON-RPC: methods and their lanes, protocol versions, header names, the refusal contract. */
@NullMarked
package io.weir.gateway.mcp;

import org.jspecify.annotations.NullMarked;
