package io.weir.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LoggingTest {
    private static boolean warns(String logger) {
        return LoggerFactory.getLogger(logger).isWarnEnabled();
    }

    @Test
    void stopping_connectionsThatComeTooLateAreNoWarning() throws Exception {
        Logging.configure("text");
        assertThat(warns("io.netty.bootstrap.ServerBootstrap")).isTrue();

        Logging.stopping();

        assertThat(warns("io.netty.bootstrap.ServerBootstrap")).isFalse();
        assertThat(warns("io.netty.channel.DefaultChannelPipeline")).isTrue();
        assertThat(warns("weir.gateway")).isTrue();
    }
}
