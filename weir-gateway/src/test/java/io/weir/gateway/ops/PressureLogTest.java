package io.weir.gateway.ops;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.weir.core.Scope;
import io.weir.core.admission.PressureListener.Pressure;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class PressureLogTest {
    private final Logger logger = (Logger) LoggerFactory.getLogger("weir.pressure");
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    private @Nullable Level level;

    @BeforeEach
    void listen() {
        level = logger.getLevel();
        logger.setLevel(Level.INFO);
        lines.start();
        logger.addAppender(lines);
    }

    @AfterEach
    void stop() {
        logger.detachAppender(lines);
        logger.setLevel(level);
    }

    private static Pressure pressure(Scope scope, boolean raised) {
        return new Pressure(scope, "default", "default", raised, 4, 2, 4, 400, 6_000, 10_000);
    }

    @Test
    void onPressure_thousandsOfCrossings_logAFewLines() {
        PressureLog log = new PressureLog();

        for (int i = 0; i < 10_000; i++) {
            log.onPressure(pressure(Scope.CONNECTION, i % 2 == 0));
        }
        log.onPressure(pressure(Scope.GLOBAL, true));

        // At most two windows' worth, should the test take that long, and one scope does not silence another.
        assertThat(lines.list).hasSizeBetween(2, 1 + 2 * 20);
        assertThat(lines.list.get(lines.list.size() - 1).getFormattedMessage())
                .startsWith("gateway is above queue_depth_threshold_percent: ");
    }
}
