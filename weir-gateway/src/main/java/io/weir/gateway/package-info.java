/** The gateway as a whole: put together, started and stopped here. */
@NullMarked
package io.weir.gateway;

import org.jspecify.annotations.NullMarked;
