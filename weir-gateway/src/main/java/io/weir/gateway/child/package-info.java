/**
 * Child processes: started in a process group of their own, spoken to line by line, and ended with all that they
 * started.
 */
@NullMarked
package io.weir.gateway.child;

import org.jspecify.annotations.NullMarked;
