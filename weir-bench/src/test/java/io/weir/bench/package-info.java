/** Tests of the benchmarks themselves. */
@NullMarked
package io.weir.bench;

import org.jspecify.annotations.NullMarked;
