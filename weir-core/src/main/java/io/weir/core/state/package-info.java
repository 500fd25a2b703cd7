/** The fields of the engine's state, as the checkpoints of decision logs hold them. */
@NullMarked
package io.weir.core.state;

import org.jspecify.annotations.NullMarked;
