package io.weir.cli;

import io.weir.config.GatewayConfig;
import io.weir.gateway.ops.LimitsPreview;
import io.weir.sim.replay.LogParts;
import io.weir.sim.replay.ReplayException;
import io.weir.sim.replay.WhatIf;
import io.weir.sim.report.Table;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Replays the end of the gateway's decision log with other limits, as {@code weir replay --config} does. Of the log it
 * takes a 64th of the heap, at most 8 MiB: what is made of a line takes four times as much as its text.
 */
final class DecisionLogPreview implements LimitsPreview {
    private static final long MAX_BYTES = 8L << 20;
    private static final long PART_OF_HEAP = 64;

    private final long maxBytes;

    DecisionLogPreview() {
        this(Math.min(MAX_BYTES, Runtime.getRuntime().maxMemory() / PART_OF_HEAP));
    }

    /** @param maxBytes how much of the log to take */
    DecisionLogPreview(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** Ends a replay. */
    private static final class LateException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    @Override
    public Prediction predict(Path decisionLog, GatewayConfig other, BooleanSupplier isLate) throws PreviewException {
        try {
            WhatIf.Log log = WhatIf.read(LogParts.last(decisionLog, maxBytes));
            WhatIf compared = log.play(other.limits(), ReplaySettings.of(other), at -> {
                if (isLate.getAsBoolean()) {
                    throw new LateException();
                }
            });
            List<Row> rows = new ArrayList<>();
            for (Table.Row row : compared.grid().rows()) {
                rows.add(new Row(row.label(), row.cells().get(0), row.cells().get(1)));
            }
            List<String> remarks = new ArrayList<>();
            compared.shapes()
                    .forEach((upstream, shape) -> remarks.add("upstream " + upstream + ": " + shape.describe()));
            remarks.addAll(compared.remarks());
            return new Prediction(Duration.ofNanos(compared.duration()), rows, remarks);
        } catch (ReplayException e) {
            throw new PreviewException(String.valueOf(e.getMessage()));
        } catch (LateException e) {
            throw new PreviewException("the replay takes too long; 'weir replay' has no such limit");
        }
    }
}
