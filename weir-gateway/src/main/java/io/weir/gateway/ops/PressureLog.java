package io.weir.gateway.ops;

import io.weir.core.Scope;
import io.weir.core.admission.PressureListener;
import io.weir.gateway.http.LineLimit;
import io.weir.gateway.http.LogText;
import io.weir.gateway.session.Client;
import java.util.EnumMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Writes one line where a queue crosses its threshold, and one where it has gone well below again, {@value #MAX_LINES}
 * of a scope in ten seconds at the most.
 */
public final class PressureLog implements PressureListener {
    private static final Logger LOG = LoggerFactory.getLogger("weir.pressure");

    private static final int MAX_LINES = 20;

    private final Map<Scope, LineLimit> limits = new EnumMap<>(Scope.class);

    public PressureLog() {
        long now = System.nanoTime();
        for (Scope scope : Scope.values()) {
            limits.put(scope, new LineLimit(MAX_LINES, now));
        }
    }

    @Override
    public void onPressure(Pressure pressure) {
        LineLimit limit = limits.get(pressure.scope());
        if (limit != null && !limit.allows(System.nanoTime())) {
            return;
        }
        LOG.atLevel(pressure.raised() ? Level.WARN : Level.INFO)
                .log(
                        "{} is {}: {} of {} messages, {} of {} bytes pending",
                        who(pressure),
                        pressure.raised()
                                ? "above queue_depth_threshold_percent"
                                : "below queue_depth_threshold_percent again",
                        pressure.messages(),
                        pressure.maxMessages(),
                        pressure.bytes(),
                        pressure.maxBytes());
    }

    /** Logs how many lines were left out; to be called now and then. */
    public void tellLeftOut(long now) {
        limits.forEach((scope, limit) -> {
            long leftOut = limit.takeLeftOut(now);
            if (leftOut > 0) {
                LOG.warn(
                        "{} more lines were left out on limits of scope '{}'; /stats has the counts",
                        leftOut,
                        scope.key());
            }
        });
    }

    private static String who(Pressure pressure) {
        return pressure.scope() == Scope.GLOBAL
                ? "gateway"
                : pressure.scope().key() + " " + LogText.escape(Client.shown(pressure.name()));
    }
}
