/**
 * MCP servers that read and write lines, served as if they answered Streamable HTTP: child processes over standard
 * input and output, and servers over TCP.
 */
@NullMarked
package io.weir.gateway.lineupstream;

import org.jspecify.annotations.NullMarked;
