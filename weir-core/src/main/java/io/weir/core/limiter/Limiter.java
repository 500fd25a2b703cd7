package io.weir.core.limiter;

import io.weir.core.Acquisition;
import io.weir.core.ConnectionStats;
import io.weir.core.GlobalStats;
import io.weir.core.TenantStats;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.admission.PressureListener;
import io.weir.core.config.WeirConfig;
import io.weir.core.config.WeirConfigBuilder;
import io.weir.core.queue.EngineStats;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/**
 * Holds messages within hard limits: of each connection, of each tenant and of the process, in messages and in bytes,
 * and within the rates of connections and tenants. Thread-safe. A decision never waits for room. It takes a lock only
 * briefly: for a new connection, and now and then where the threads of a busy tenant lease a part of its limits.
 *
 * <pre>{@code
 * Limiter limiter = Limiter.builder().profile(Profile.PRODUCTION).maxMessages(50).build();
 *
 * switch (limiter.tryAcquire(tenant, session, message.length)) {
 *     case Permit permit -> {
 *         try (permit) {
 *             server.call(message);
 *             permit.completed();
 *         }
 *     }
 *     case Rejection no -> respond(no.reason(), no.retryAfter());
 * }
 * }</pre>
 *
 * <p>A limiter remembers a connection until it has been idle for {@code idle_timeout_ms}. One call every
 * {@code cleanup_interval_ms} removes idle connections, and takes time in proportion to their number. Tenants and
 * connections should be named by what was authenticated: each name takes memory. A limiter starts no thread until it
 * has a {@link #queue queue}.
 */
public final class Limiter implements AutoCloseable {
    private final NanoClock clock;
    private final Admission admission;
    private final AtomicLong nextCleanUp;
    private final QueueTimer timer = new QueueTimer(this);

    /** Whether somebody asks for what queues count. */
    private volatile boolean observed;

    Limiter(WeirConfig config, NanoClock clock) {
        this.clock = clock;
        this.admission = new Admission(config, PressureListener.NONE);
        this.nextCleanUp = new AtomicLong(clock.nanoTime() + cleanUpInterval());
    }

    /** A builder that starts from the defaults of the core. */
    public static LimiterBuilder builder() {
        return new LimiterBuilder();
    }

    /**
     * Offers one message. Never blocks.
     *
     * @param tenant whom the message is accounted to, such as the owner of an API key
     * @param connection what the limits of a connection are counted by, such as a session's id; unique within the
     *     tenant
     * @param bytes the size of the message, 0 to 2^37
     * @return a permit, which must be released, or why there is none
     */
    public Acquisition tryAcquire(String tenant, String connection, long bytes) {
        return tryAcquire(tenant, connection, 1, bytes);
    }

    /**
     * Offers a batch, which is admitted or rejected as a whole. Never blocks.
     *
     * @param tenant whom the messages are accounted to
     * @param connection what the limits of a connection are counted by; unique within the tenant
     * @param messages their number, 1 to 2^20
     * @param bytes the size of all of them, 0 to 2^37
     * @return a permit for all of them, which must be released, or why there is none
     */
    public Acquisition tryAcquire(String tenant, String connection, int messages, long bytes) {
        long now = now();
        Connection counted = connection(tenant, connection, now);
        LimiterPermit permit = new LimiterPermit(admission);
        return admission.admit(counted, permit, messages, bytes, now) == Decision.ADMITTED
                ? permit
                : Objects.requireNonNull(permit.rejection());
    }

    /**
     * A queue in front of one server. The tasks in it count against the limits of this limiter; several queues may
     * share them.
     *
     * @param server its name
     * @param executor runs the tasks
     */
    public TaskQueueBuilder queue(String server, Executor executor) {
        return new TaskQueueBuilder(this, server, executor);
    }

    /** The configuration in force. */
    public WeirConfig config() {
        return admission.config();
    }

    /**
     * Replaces values of the configuration, all or none. When this returns, nothing is admitted under the old
     * configuration; pending messages stay so, even above a lowered limit.
     *
     * @param change is called again if another thread has replaced the configuration meanwhile
     * @return the configuration now in force
     * @throws io.weir.core.config.InvalidConfigException as {@link LimiterBuilder#build}; nothing is changed
     */
    public WeirConfig update(UnaryOperator<WeirConfigBuilder> change) {
        return admission.update(builder -> {
            WeirConfigBuilder changed = change.apply(builder);
            LimiterBuilder.requireNoPause(changed.build());
            return changed;
        });
    }

    /** A snapshot of the process: all tenants, past connections included. */
    public GlobalStats stats() {
        return admission.globalStats();
    }

    /** A snapshot of each tenant, by its key. */
    public List<TenantStats> tenantStats() {
        return admission.survey(0).tenants();
    }

    /** A snapshot of one connection; empty if it is not known. */
    public Optional<ConnectionStats> connectionStats(String tenant, String connection) {
        return admission.connectionStats(tenant, connection);
    }

    /** Snapshots for {@code weir-metrics}, which makes metrics of them; of a type that may change with any version. */
    public EngineStats engineStats() {
        observed = true;
        return new EngineStats(
                admission, () -> timer.queues().stream().map(TaskQueue::engine).toList(), clock::nanoTime);
    }

    /**
     * Rejects every message from now on, reason {@link io.weir.core.Reason#CLOSED}, and fails all tasks that wait in
     * queues with it. Returns at once; permits may still be released, and tasks in flight end as they do. Closing again
     * changes nothing.
     */
    @Override
    public void close() {
        admission.close();
        timer.close();
    }

    Admission admission() {
        return admission;
    }

    boolean isObserved() {
        return observed;
    }

    QueueTimer timer() {
        return timer;
    }

    Connection connection(String tenant, String connection, long now) {
        return admission.connection(tenant, connection, now);
    }

    /** The time, after the maintenance that is due by then. */
    long now() {
        long now = clock.nanoTime();
        long due = nextCleanUp.get();
        if (now - due >= 0 && nextCleanUp.compareAndSet(due, now + cleanUpInterval())) {
            admission.cleanUp(now);
        }
        return now;
    }

    private long cleanUpInterval() {
        return config().queueLimits().cleanupInterval().toNanos();
    }
}
