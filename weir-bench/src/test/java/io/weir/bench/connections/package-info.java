/** What replays predict beside what is measured, for a few pairs. */
@NullMarked
package io.weir.bench.connections;

import org.jspecify.annotations.NullMarked;
