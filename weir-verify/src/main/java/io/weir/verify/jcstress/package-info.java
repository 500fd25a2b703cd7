/** Races of the core that must have no forbidden outcome. */
@NullMarked
package io.weir.verify.jcstress;

import org.jspecify.annotations.NullMarked;
