/** A stdio server behind the limits for the one client at the other end of a pipe, without a network. */
@NullMarked
package io.weir.gateway.pipe;

import org.jspecify.annotations.NullMarked;
