/** What it costs to wait for an upstream, and to pass when nobody waits. */
@NullMarked
package io.weir.bench.queue;

import org.jspecify.annotations.NullMarked;
