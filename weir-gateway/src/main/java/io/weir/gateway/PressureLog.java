package io.weir.gateway;

import io.weir.core.admission.Connection;
import io.weir.core.admission.PressureListener;
import io.weir.core.admission.Scope;
import io.weir.gateway.session.Client;
import io.weir.gateway.session.Paused;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Writes one line where a queue crosses its threshold, and one where it has gone well below again; passes on who has drained. */
final class PressureLog implements PressureListener {
    private static final Logger LOG = LoggerFactory.getLogger("weir.pressure");

    private final Paused paused;

    /** @param paused is told who has drained */
    PressureLog(Paused paused) {
        this.paused = paused;
    }

    @Override
    public void onDrained(Connection connection) {
        paused.drained(connection);
    }

    @Override
    public void onPressure(Pressure pressure) {
        LOG.atLevel(pressure.raised() ? Level.WARN : Level.INFO)
                .log(
                        "{} {}: {} of {} messages, {} of {} bytes pending",
                        who(pressure),
                        pressure.raised() ? "is filling up" : "has room again",
                        pressure.messages(),
                        pressure.maxMessages(),
                        pressure.bytes(),
                        pressure.maxBytes());
    }

    private static String who(Pressure pressure) {
        return pressure.scope() == Scope.GLOBAL
                ? "gateway"
                : pressure.scope().key() + " " + LogText.escape(Client.shown(pressure.name()));
    }
}
