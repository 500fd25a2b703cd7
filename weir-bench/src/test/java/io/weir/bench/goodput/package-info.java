/** Tests of the policies beside Weir. */
@NullMarked
package io.weir.bench.goodput;

import org.jspecify.annotations.NullMarked;
