/** What replays predict beside what is measured, for a few pairs. */
@NullMarked
package io.weir.bench.pairs;

import org.jspecify.annotations.NullMarked;
