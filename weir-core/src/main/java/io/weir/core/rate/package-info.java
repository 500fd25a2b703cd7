/** Token buckets in integer arithmetic on nanoseconds. */
@NullMarked
package io.weir.core.rate;

import org.jspecify.annotations.NullMarked;
