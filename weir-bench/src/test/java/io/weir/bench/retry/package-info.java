/** Tests of the benchmarks themselves. */
@NullMarked
package io.weir.bench.retry;

import org.jspecify.annotations.NullMarked;
