package io.weir.gateway.ops;

import io.weir.config.GatewayConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Predicts what other limits would have done with what was offered lately. Of a part that the gateway does not depend
 * on.
 */
public interface LimitsPreview {
    /**
     * What was, beside what would have been.
     *
     * @param duration over how long
     * @param rows figures by what they count, already put into words
     * @param remarks how far the prediction can be trusted; sentences for a person
     */
    record Prediction(Duration duration, List<Row> rows, List<String> remarks) {
        /** A copy that is guaranteed not to change. */
        public Prediction {
            rows = List.copyOf(rows);
            remarks = List.copyOf(remarks);
        }
    }

    /**
     * One figure.
     *
     * @param label what it counts
     * @param logged what it was
     * @param predicted what it would have been
     */
    record Row(String label, String logged, String predicted) {}

    /** The log does not tell enough, or there was not enough time. */
    final class PreviewException extends Exception {
        private static final long serialVersionUID = 1L;

        /** @param message what is missing, for a person */
        public PreviewException(String message) {
            super(message);
        }
    }

    /**
     * Replays the end of a decision log. Takes seconds and a bounded part of the heap; one at a time.
     *
     * @param decisionLog its newest part, which is being written
     * @param other the configuration to try
     * @param isLate whether it has taken long enough
     * @throws PreviewException if there is no prediction
     */
    Prediction predict(Path decisionLog, GatewayConfig other, BooleanSupplier isLate) throws PreviewException;
}
