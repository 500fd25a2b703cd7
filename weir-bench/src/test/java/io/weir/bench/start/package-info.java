/** How long the commands take to start, as their users see it. */
@NullMarked
package io.weir.bench.start;

import org.jspecify.annotations.NullMarked;
