package io.weir.gateway.admission;

import io.weir.config.UpstreamConfig;
import io.weir.core.queue.UpstreamQueue;
import java.util.List;

/**
 * One upstream, as requests to it are admitted: its queues, and how its messages are treated. What takes its place
 * under its name is another object. Thread-safe.
 */
public final class Upstream {
    private final String name;
    private volatile UpstreamConfig config;
    private volatile UpstreamQueues queues;

    Upstream(UpstreamConfig config, UpstreamQueues queues) {
        this.name = config.name();
        this.config = config;
        this.queues = queues;
    }

    /** Its name in the configuration; another one may have it by now. */
    public String name() {
        return name;
    }

    /** The queues, and the treatment in force. */
    UpstreamQueues queues() {
        return queues;
    }

    List<UpstreamQueue> all() {
        return queues.all();
    }

    boolean canBecome(UpstreamConfig other) {
        return config.canBecome(other);
    }

    /** Replaces times to live, priorities and weights; what was offered before keeps those of then. */
    void become(UpstreamConfig other) {
        if (!config.equals(other)) {
            queues = queues.with(other);
            config = other;
        }
    }
}
