/** What reading the envelope of a body costs. */
@NullMarked
package io.weir.bench.envelope;

import org.jspecify.annotations.NullMarked;
