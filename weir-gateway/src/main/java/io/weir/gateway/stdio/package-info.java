/** MCP servers that are child processes and speak over standard input and output, served as if they answered Streamable HTTP. */
@NullMarked
package io.weir.gateway.stdio;

import org.jspecify.annotations.NullMarked;
