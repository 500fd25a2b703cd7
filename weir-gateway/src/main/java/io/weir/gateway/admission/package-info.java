/** The decision on what clients send, and what is held until the upstream is done with it. Knows no transport. */
@NullMarked
package io.weir.gateway.admission;

import org.jspecify.annotations.NullMarked;
