/**
 * How much of a server's work is of use under overload: Weir beside other policies, on the same arrivals, in virtual
 * time.
 */
@NullMarked
package io.weir.bench.goodput;

import org.jspecify.annotations.NullMarked;
