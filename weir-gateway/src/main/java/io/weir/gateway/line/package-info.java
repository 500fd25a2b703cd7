/**
 * Servers that read and write lines, one JSON-RPC message each: what a child process and a connection over TCP have in
 * common.
 */
@NullMarked
package io.weir.gateway.line;

import org.jspecify.annotations.NullMarked;
