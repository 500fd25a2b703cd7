package io.weir.core.limiter;

import io.weir.core.config.BackpressureAction;
import io.weir.core.config.InvalidConfigException;
import io.weir.core.config.Profile;
import io.weir.core.config.WeirConfig;
import io.weir.core.config.WeirConfigBuilder;
import java.util.function.UnaryOperator;

/**
 * Builds a {@link Limiter}. Without {@link #profile} or {@link #config} it starts from the defaults of the core.
 * Methods apply in the order of their calls. Not thread-safe.
 *
 * <pre>{@code
 * Limiter limiter = Limiter.builder()
 *         .profile(Profile.PRODUCTION)
 *         .maxMessages(50)
 *         .configure(config -> config.maxMessagesPerSec(20))
 *         .build();
 * }</pre>
 */
public final class LimiterBuilder {
    private WeirConfigBuilder config = WeirConfig.defaults(Runtime.getRuntime().maxMemory()).toBuilder();
    private NanoClock clock = NanoClock.system();

    LimiterBuilder() {}

    /**
     * Starts from that profile; the byte limit of the process is a quarter of the JVM's largest heap. Replaces what was
     * set.
     */
    public LimiterBuilder profile(Profile profile) {
        config = profile.builder(Runtime.getRuntime().maxMemory());
        return this;
    }

    /** Starts from that configuration. Replaces what was set. */
    public LimiterBuilder config(WeirConfig from) {
        config = from.toBuilder();
        return this;
    }

    /**
     * Limits the pending messages of one connection, 0 to 16,777,215; a tenant's limit is ten times that unless it is
     * set.
     */
    public LimiterBuilder maxMessages(int messages) {
        config.maxMessages(messages);
        return this;
    }

    /**
     * Limits the pending bytes of one connection, 0 to two bytes less than 1 TiB; a tenant's limit is ten times that
     * unless it is set.
     */
    public LimiterBuilder maxBytes(long bytes) {
        config.maxBytes(bytes);
        return this;
    }

    /** Sets any other value of the configuration. */
    public LimiterBuilder configure(UnaryOperator<WeirConfigBuilder> change) {
        config = change.apply(config);
        return this;
    }

    /** Replaces the {@linkplain NanoClock#system() system's clock}, for tests. */
    public LimiterBuilder clock(NanoClock other) {
        clock = other;
        return this;
    }

    /**
     * The limiter.
     *
     * @throws InvalidConfigException if a value is out of range, or the action is {@link BackpressureAction#PAUSE}: a
     *     limiter reads from no transport that could be paused
     */
    public Limiter build() {
        return new Limiter(requireNoPause(config.build()), clock);
    }

    static WeirConfig requireNoPause(WeirConfig config) {
        if (config.queueLimits().backpressureAction() == BackpressureAction.PAUSE) {
            throw new InvalidConfigException(
                    "backpressure_action", "must not be pause: a limiter reads from no transport that could be paused");
        }
        return config;
    }
}
