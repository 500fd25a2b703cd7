/** One task with four libraries; docs/embedding.md shows these programs. */
@NullMarked
package io.weir.examples.compared;

import org.jspecify.annotations.NullMarked;
