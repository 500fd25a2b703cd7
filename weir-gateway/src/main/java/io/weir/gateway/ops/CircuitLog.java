package io.weir.gateway.ops;

import io.weir.core.queue.CircuitState;
import io.weir.core.queue.UpstreamListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes one line where the circuit of an upstream opens, becomes half open, and closes. */
public final class CircuitLog implements UpstreamListener {
    private static final Logger LOG = LoggerFactory.getLogger("weir.circuit");

    @Override
    public void onCircuit(String upstream, CircuitState state) {
        switch (state) {
            case OPEN ->
                LOG.warn(
                        "circuit for '{}' open: too many calls failed, or none finished; calls are refused until a trial"
                                + " succeeds",
                        upstream);
            case HALF_OPEN -> LOG.info("circuit for '{}' half open: probing with gradually increasing load", upstream);
            case CLOSED -> LOG.info("circuit for '{}' closed: the upstream has recovered", upstream);
        }
    }
}
