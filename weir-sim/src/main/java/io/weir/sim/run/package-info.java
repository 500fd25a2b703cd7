/** A scenario played in virtual time against the core. */
@NullMarked
package io.weir.sim.run;

import org.jspecify.annotations.NullMarked;
