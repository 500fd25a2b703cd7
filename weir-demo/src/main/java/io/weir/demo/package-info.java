/** What Weir does, shown with an MCP server and a client made with the official Java SDK. */
@NullMarked
package io.weir.demo;

import org.jspecify.annotations.NullMarked;
