/** What an instance costs in heap. */
@NullMarked
package io.weir.bench.heap;

import org.jspecify.annotations.NullMarked;
