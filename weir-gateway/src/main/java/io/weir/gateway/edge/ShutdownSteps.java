package io.weir.gateway.edge;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Parts that are ended one after the other, each one whatever became of those before it. */
public final class ShutdownSteps {
    private static final Logger LOG = LoggerFactory.getLogger("weir.gateway");

    private ShutdownSteps() {}

    /** Runs each of them; one that fails is logged. */
    public static void run(List<Runnable> steps) {
        for (Runnable each : steps) {
            try {
                each.run();
            } catch (RuntimeException | Error e) {
                LOG.error("stopping: a part could not be ended", e);
            }
        }
    }
}
