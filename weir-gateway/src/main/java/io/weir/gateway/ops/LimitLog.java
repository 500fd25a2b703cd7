package io.weir.gateway.ops;

import io.weir.core.queue.QueueStats;
import io.weir.core.queue.QueueStats.BacklogStats;
import io.weir.core.queue.QueueStats.OperationStats;
import io.weir.gateway.http.LogText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the operator where adaptive control begins to limit an operation or lowers rates and on what evidence, and
 * where it has ended: by looking at the queues once a second, so that a limit of a moment is not told. For one thread.
 */
public final class LimitLog {
    /** How often to look. */
    public static final long CHECK_MILLIS = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger("weir.limits");

    /** A limit that is gone for no longer than this is not told of again. */
    private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Told<Key> operations = new Told<>();
    private final Told<String> rates = new Told<>();
    private final Told<String> backlogs = new Told<>();

    /** Limits of one kind that were told of. */
    private static final class Told<K> {
        /** When they were last in force. */
        private final Map<K, Long> told = new HashMap<>();

        /** Those that were in force when it was last looked, and not told of. */
        private final Map<K, Long> seen = new HashMap<>();

        /** Notes that one is in force; true if that is to be told. */
        boolean begins(K key, long now) {
            boolean known = told.containsKey(key);
            if (known || seen.put(key, now) != null) {
                told.put(key, now);
                return !known;
            }
            return false;
        }

        /** Once those in force have been noted: those that are over for long enough. */
        List<K> ended(long now) {
            seen.entrySet().removeIf(each -> each.getValue() != now || told.containsKey(each.getKey()));
            List<K> over = new ArrayList<>();
            told.entrySet().removeIf(each -> now - each.getValue() >= QUIET_NANOS && over.add(each.getKey()));
            return over;
        }
    }

    private record Key(String queue, String operation) {}

    /** Writes the lines that are due. */
    public void write(List<QueueStats> queues, long now) {
        for (String line : lines(queues, now)) {
            LOG.info(line);
        }
    }

    List<String> lines(List<QueueStats> queues, long now) {
        List<String> lines = new ArrayList<>();
        for (QueueStats queue : queues) {
            String name = queue.upstream();
            if (queue.rateDelayNanos() > 0 && rates.begins(name, now)) {
                lines.add(begun(queue));
            }
            BacklogStats backlog = queue.backlog();
            if (backlog != null && backlogs.begins(name, now)) {
                lines.add(begun(name, backlog));
            }
            for (OperationStats operation : queue.operations()) {
                Key key = new Key(name, operation.operation());
                if (operation.isLimited() && operations.begins(key, now)) {
                    lines.add(begun(key, operation));
                }
            }
        }
        rates.ended(now).forEach(queue -> lines.add(upstream(queue) + ": rates of clients are as configured again"));
        backlogs.ended(now).forEach(queue -> lines.add(upstream(queue) + " is no longer limited as a whole"));
        operations.ended(now).forEach(key -> lines.add(name(key) + " is no longer limited"));
        return lines;
    }

    private static String begun(QueueStats queue) {
        return upstream(queue.upstream()) + ": rates of clients lowered to " + queue.ratePermille() / 10.0
                + " %: messages were " + millis(queue.rateDelayNanos())
                + " ms late while others waited; backpressure.adaptive_enabled: false turns this off";
    }

    private static String begun(String queue, BacklogStats backlog) {
        return upstream(queue) + " is limited to " + backlog.limit() + " calls at once: calls of operation '"
                + LogText.escape(backlog.operation()) + "', which take " + millis(backlog.aloneNanos())
                + " ms alone, waited there behind slow ones; a fixed capacity of the upstream replaces this limit";
    }

    private static String upstream(String queue) {
        return "upstream '" + queue + "'";
    }

    private static String begun(Key key, OperationStats operation) {
        return name(key) + " is limited to " + operation.limit()
                + " calls at once, to keep their time at the upstream below " + millis(operation.mayStayNanos())
                + " ms (lately " + millis(operation.stayNanos())
                + " ms); a fixed capacity of the upstream, tool or method replaces this limit";
    }

    private static String name(Key key) {
        return "upstream '" + key.queue() + "': operation '" + LogText.escape(key.operation()) + "'";
    }

    private static long millis(long nanos) {
        return Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos));
    }
}
