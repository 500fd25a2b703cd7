/**
 * Hard limits, rates and fair queues for the messages of a server. {@code io.weir.core.limiter} is where to begin; the
 * engine beneath it is for Weir's own modules.
 */
@SuppressWarnings("module") // they are not there when this one is compiled
module io.weir.core {
    requires static org.jspecify;
    requires static com.google.errorprone.annotations;

    exports io.weir.core;
    exports io.weir.core.config;
    exports io.weir.core.limiter;
    exports io.weir.core.admission to
            io.weir.gateway,
            io.weir.sim;
    exports io.weir.core.queue to
            io.weir.cli,
            io.weir.config,
            io.weir.gateway,
            io.weir.metrics,
            io.weir.sim;
    exports io.weir.core.rate to
            io.weir.gateway;
    exports io.weir.core.state to
            io.weir.sim;
}
