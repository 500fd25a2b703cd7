package io.weir.gateway.admission;

import io.weir.config.OperationConfig;
import io.weir.config.QueueConfig;
import io.weir.config.UpstreamConfig;
import io.weir.core.Priority;
import io.weir.core.queue.Capacity;
import io.weir.core.queue.QueuePolicy;
import io.weir.core.queue.UpstreamQueue;
import io.weir.gateway.jsonrpc.Message;
import io.weir.gateway.mcp.McpMethods;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;

/**
 * The queue of one upstream, those of its methods and tools that have their own, and which message goes where.
 * Immutable.
 */
final class UpstreamQueues {
    private final Map<Priority, QueueSettings> byPriority = new EnumMap<>(Priority.class);
    private final Map<String, QueueSettings> methods = new HashMap<>();
    private final Map<String, QueueSettings> tools = new HashMap<>();
    private final Map<String, Integer> tenantWeights;
    private final Map<String, UpstreamQueue> queues = new LinkedHashMap<>();

    /**
     * How a message is treated.
     *
     * @param queue where it waits
     * @param priority how much it matters
     * @param ttlNanos how long it may wait
     * @param weight how large a share it is due
     * @param slots the capacity of the queue, as far as it is fixed
     */
    record QueueSettings(UpstreamQueue queue, Priority priority, long ttlNanos, int weight, int slots) {
        /**
         * That of a batch of two: the queue with fewer slots, the higher priority, the shorter time, the smaller
         * weight.
         */
        QueueSettings and(QueueSettings other) {
            QueueSettings fewer = other.slots < slots ? other : this;
            return new QueueSettings(
                    fewer.queue,
                    priority.compareTo(other.priority) <= 0 ? priority : other.priority,
                    Math.min(ttlNanos, other.ttlNanos),
                    Math.min(weight, other.weight),
                    fewer.slots);
        }
    }

    /** @param make makes a queue of that name and policy */
    UpstreamQueues(UpstreamConfig upstream, BiFunction<String, QueuePolicy, UpstreamQueue> make) {
        QueueConfig config = upstream.queue();
        this.tenantWeights = config.tenantWeights();
        QueueMaker maker = new QueueMaker(upstream, make);
        UpstreamQueue own = maker.queue(upstream.name(), config.policy().capacity());
        for (Priority each : Priority.values()) {
            Priority priority = config.priority().orElse(each);
            byPriority.put(
                    each,
                    new QueueSettings(
                            own,
                            priority,
                            config.ttl().toNanos(),
                            1,
                            slots(upstream, config.policy().capacity())));
        }
        config.methods().forEach((method, operation) -> {
            QueueSettings base = of(Priorities.of(method));
            methods.put(method, maker.settings(base, method, operation));
        });
        QueueSettings call = methods.getOrDefault(McpMethods.TOOLS_CALL, of(Priority.CALL));
        config.tools().forEach((tool, operation) -> tools.put(tool, maker.settings(call, tool, operation)));
    }

    /** The same queues with other settings of methods, tools and tenants. */
    UpstreamQueues with(UpstreamConfig other) {
        return new UpstreamQueues(other, (name, policy) -> Objects.requireNonNull(queues.get(name), name));
    }

    private final class QueueMaker {
        private final UpstreamConfig upstream;
        private final BiFunction<String, QueuePolicy, UpstreamQueue> make;

        QueueMaker(UpstreamConfig upstream, BiFunction<String, QueuePolicy, UpstreamQueue> make) {
            this.upstream = upstream;
            this.make = make;
        }

        QueueSettings settings(QueueSettings base, String name, OperationConfig work) {
            UpstreamQueue queue = work.capacity()
                    .map(capacity -> queue(upstream.name() + "/" + name, capacity))
                    .orElse(base.queue());
            return new QueueSettings(
                    queue,
                    work.priority().orElse(base.priority()),
                    work.ttl().map(ttl -> ttl.toNanos()).orElse(base.ttlNanos()),
                    work.weight().orElse(base.weight()),
                    work.capacity().map(own -> slots(upstream, own)).orElse(base.slots()));
        }

        UpstreamQueue queue(String name, Capacity capacity) {
            // A method and a tool can have one name.
            String unique = queues.containsKey(name) ? name + "#tool" : name;
            UpstreamQueue made = make.apply(unique, upstream.policy(capacity));
            queues.put(unique, made);
            return made;
        }
    }

    /** The capacity of a queue as far as it is fixed. */
    private static int slots(UpstreamConfig upstream, Capacity capacity) {
        return capacity.adaptive()
                ? Integer.MAX_VALUE
                : upstream.policy(capacity).capacity().limit();
    }

    private QueueSettings of(Priority priority) {
        return Objects.requireNonNull(byPriority.get(priority));
    }

    /** All queues. */
    List<UpstreamQueue> all() {
        return List.copyOf(queues.values());
    }

    /** How the messages are treated, together. */
    QueueSettings of(List<Message> messages) {
        QueueSettings settings = of(messages.get(0));
        for (int i = 1; i < messages.size(); i++) {
            settings = settings.and(of(messages.get(i)));
        }
        return settings;
    }

    private QueueSettings of(Message message) {
        String method = message.method();
        if (method == null) {
            return of(Priority.BACKGROUND);
        }
        if (method.equals(McpMethods.TOOLS_CALL)) {
            String tool = message.target();
            QueueSettings own = tool == null ? null : tools.get(tool);
            if (own != null) {
                return own;
            }
        }
        QueueSettings own = methods.get(method);
        return own == null ? of(Priorities.of(message)) : own;
    }

    /**
     * How large a share the tenant is due.
     *
     * @param byDefault at upstreams that give it none of their own
     */
    int weight(String tenant, int byDefault) {
        return tenantWeights.isEmpty() ? byDefault : tenantWeights.getOrDefault(tenant, byDefault);
    }
}
