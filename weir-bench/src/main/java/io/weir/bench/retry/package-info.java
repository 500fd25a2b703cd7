/** Whether the time that a refusal names is worth obeying. */
@NullMarked
package io.weir.bench.retry;

import org.jspecify.annotations.NullMarked;
