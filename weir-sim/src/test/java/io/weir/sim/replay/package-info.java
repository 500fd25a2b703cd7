@NullMarked
package io.weir.sim.replay;

import org.jspecify.annotations.NullMarked;
