/** What a replay with another configuration predicts, beside what the same traffic gets under that configuration. */
@NullMarked
package io.weir.bench.pairs;

import org.jspecify.annotations.NullMarked;
