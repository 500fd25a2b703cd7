/** JSON-RPC messages: strict reading of the envelope, and errors as they are written. Knows no transport. */
@NullMarked
package io.weir.gateway.jsonrpc;

import org.jspecify.annotations.NullMarked;
