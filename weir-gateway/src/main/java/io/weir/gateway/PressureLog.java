package io.weir.gateway;

import io.weir.core.admission.PressureListener;
import io.weir.core.admission.Scope;
import io.weir.gateway.session.Client;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Writes one line where a queue crosses its threshold, and one where it has gone well below again. */
final class PressureLog implements PressureListener {
    private static final Logger LOG = LoggerFactory.getLogger("weir.pressure");

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
