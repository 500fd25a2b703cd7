/** Streamable HTTP in front of an upstream: the edge, on Vert.x. */
@NullMarked
package io.weir.gateway.http;

import org.jspecify.annotations.NullMarked;
