/** Benchmarks of Weir beside its peers. */
@NullMarked
package io.weir.bench;

import org.jspecify.annotations.NullMarked;
