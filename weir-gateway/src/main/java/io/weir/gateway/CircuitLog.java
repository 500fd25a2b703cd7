package io.weir.gateway;

import io.weir.core.queue.CircuitState;
import io.weir.core.queue.UpstreamListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes one line where a server is left alone, tried again, and in order again. */
final class CircuitLog implements UpstreamListener {
    private static final Logger LOG = LoggerFactory.getLogger("weir.circuit");

    @Override
    public void onCircuit(String upstream, CircuitState state) {
        switch (state) {
            case OPEN ->
                LOG.warn(
                        "circuit of '{}' is open: too many calls failed, or nothing was finished while they waited;"
                                + " it is left alone for a while",
                        upstream);
            case HALF_OPEN -> LOG.info("circuit of '{}' is half open: it is tried again, at growing load", upstream);
            case CLOSED -> LOG.info("circuit of '{}' is closed: it is in order again", upstream);
        }
    }
}
