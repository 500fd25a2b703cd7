/** Where clients connect: the event loops, framing, rules, credentials and caps. */
@NullMarked
package io.weir.gateway.edge;

import org.jspecify.annotations.NullMarked;
