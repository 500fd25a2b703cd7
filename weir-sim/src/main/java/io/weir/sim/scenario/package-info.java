/** What a scenario says, and how its file is read. */
@NullMarked
package io.weir.sim.scenario;

import org.jspecify.annotations.NullMarked;
