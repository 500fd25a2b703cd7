/** Programs that embed Weir's core. */
@NullMarked
package io.weir.examples;

import org.jspecify.annotations.NullMarked;
