/** Validated, immutable configuration of the core, and the four profiles it ships with. */
@NullMarked
package io.weir.core.config;

import org.jspecify.annotations.NullMarked;
