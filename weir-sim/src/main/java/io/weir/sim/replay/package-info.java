/** Decision logs: read, executed again, and asked what would have been. */
@NullMarked
package io.weir.sim.replay;

import org.jspecify.annotations.NullMarked;
