package io.weir.gateway;

import io.weir.core.queue.QueueStats;
import io.weir.core.queue.QueueStats.OperationStats;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the operator where adaptive control begins to limit an operation or lowers rates and on what evidence, and where it has ended: by looking at
 * the queues once a second, so that a limit of a moment is not told. For one thread.
 */
final class LimitLog {
    /** How often to look. */
    static final long CHECK_MILLIS = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger("weir.limits");

    /** A limit that is gone for no longer than this is not told of again. */
    private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(30);

    /** Those that were told of, and when they were last limited. */
    private final Map<Key, Long> limited = new HashMap<>();

    /** Those that were limited when it was last looked, and not told of. */
    private final Map<Key, Long> seen = new HashMap<>();

    /** Queues whose rates are lowered, and when they last were. */
    private final Map<String, Long> slowed = new HashMap<>();

    /** Queues whose rates were lowered when it was last looked, and that were not told of. */
    private final Map<String, Long> seenSlow = new HashMap<>();

    private record Key(String queue, String operation) {}

    /** Writes the lines that are due. */
    void write(List<QueueStats> queues, long now) {
        for (String line : lines(queues, now)) {
            LOG.info(line);
        }
    }

    List<String> lines(List<QueueStats> queues, long now) {
        List<String> lines = new ArrayList<>();
        for (QueueStats queue : queues) {
            rate(queue, now, lines);
            for (OperationStats operation : queue.operations()) {
                Key key = new Key(queue.upstream(), operation.operation());
                if (!operation.isLimited()) {
                    continue;
                }
                if (limited.containsKey(key)) {
                    limited.put(key, now);
                } else if (seen.put(key, now) != null) {
                    limited.put(key, now);
                    lines.add(begun(key, operation));
                }
            }
        }
        ended(slowed, now).forEach(queue -> lines.add(upstream(queue) + ": rates are as configured again"));
        seenSlow.values().removeIf(last -> last != now);
        seen.entrySet().removeIf(each -> each.getValue() != now || limited.containsKey(each.getKey()));
        limited.entrySet().removeIf(each -> {
            boolean over = now - each.getValue() >= QUIET_NANOS;
            if (over) {
                lines.add(name(each.getKey()) + " is not limited any more");
            }
            return over;
        });
        return lines;
    }

    private void rate(QueueStats queue, long now, List<String> lines) {
        String name = queue.upstream();
        if (queue.rateDelayNanos() == 0) {
            return;
        }
        if (slowed.containsKey(name)) {
            slowed.put(name, now);
        } else if (seenSlow.put(name, now) != null) {
            slowed.put(name, now);
            lines.add(upstream(name) + ": clients may send " + queue.ratePermille() + " thousandths of their rates:"
                    + " messages were " + millis(queue.rateDelayNanos()) + " ms late while others waited;"
                    + " backpressure.adaptive_enabled: false leaves the rates alone");
        }
    }

    private static List<String> ended(Map<String, Long> last, long now) {
        List<String> over = new ArrayList<>();
        last.entrySet().removeIf(each -> now - each.getValue() >= QUIET_NANOS && over.add(each.getKey()));
        return over;
    }

    private static String upstream(String queue) {
        return "upstream '" + queue + "'";
    }

    private static String begun(Key key, OperationStats operation) {
        return name(key) + " is limited to " + operation.limit() + " calls at once: they stayed "
                + millis(operation.stayNanos()) + " ms at the upstream, and " + millis(operation.mayStayNanos())
                + " ms are what they may, so others wait in the gateway; a number as the capacity of the upstream, or"
                + " of this tool or method, replaces this";
    }

    private static String name(Key key) {
        return "upstream '" + key.queue() + "': operation '" + LogText.escape(key.operation()) + "'";
    }

    private static long millis(long nanos) {
        return Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos));
    }
}
