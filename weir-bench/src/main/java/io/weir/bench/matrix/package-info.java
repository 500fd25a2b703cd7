/** Adaptive control over a matrix of upstreams, service times, loads and changes, in virtual time. */
@NullMarked
package io.weir.bench.matrix;

import org.jspecify.annotations.NullMarked;
