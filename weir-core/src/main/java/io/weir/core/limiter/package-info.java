/**
 * The limits and the queue for programs that embed them: {@link io.weir.core.limiter.Limiter} admits or rejects a
 * message at once; {@link io.weir.core.limiter.TaskQueue} queues tasks that exceed the concurrency of the server that
 * they call.
 */
@NullMarked
package io.weir.core.limiter;

import org.jspecify.annotations.NullMarked;
