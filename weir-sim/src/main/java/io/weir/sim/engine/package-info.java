/** Virtual time, randomness that is the same everywhere, and samples. */
@NullMarked
package io.weir.sim.engine;

import org.jspecify.annotations.NullMarked;
