/** Runs the examples, and the programs of the documents. */
@NullMarked
package io.weir.examples;

import org.jspecify.annotations.NullMarked;
