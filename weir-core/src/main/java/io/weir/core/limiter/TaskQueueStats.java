package io.weir.core.limiter;

import java.time.Duration;

/**
 * A snapshot of a {@link TaskQueue}.
 *
 * <pre>{@code
 * TaskQueueStats stats = queue.stats();
 * log("{} queued, {} of {} in flight", stats.queued(), stats.inFlight(), stats.concurrency());
 * }</pre>
 *
 * @param queued messages that wait
 * @param inFlight messages handed to the executor and not ended
 * @param concurrency how many messages may be in flight now
 * @param estimatedWait how long a call of a tenant that has nothing queued would wait now
 */
public record TaskQueueStats(long queued, long inFlight, int concurrency, Duration estimatedWait) {}
