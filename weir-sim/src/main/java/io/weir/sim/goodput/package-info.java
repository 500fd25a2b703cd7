/** How much useful work a policy lets an upstream do under overload. */
@NullMarked
package io.weir.sim.goodput;

import org.jspecify.annotations.NullMarked;
