package io.weir.sim.run;

import io.weir.core.queue.CircuitState;
import io.weir.sim.engine.Bins;
import java.util.Arrays;
import java.util.List;

/** The states of one circuit breaker over virtual time. It begins closed. Not thread-safe. */
public final class CircuitHistory {
    private final Bins bins;
    private final CircuitState[] worst;
    private CircuitState state = CircuitState.CLOSED;
    private long since;
    private int opened;
    private long openNanos;
    private long halfOpenNanos;

    /** A circuit breaker that is closed from the beginning on. */
    public CircuitHistory(Bins bins) {
        this.bins = bins;
        this.worst = new CircuitState[bins.count()];
        Arrays.fill(worst, CircuitState.CLOSED);
    }

    /** The state changes. */
    public void changed(CircuitState next, long now) {
        lasted(now);
        if (next == CircuitState.OPEN && state != CircuitState.OPEN) {
            opened++;
        }
        state = next;
    }

    /** The run is over; what lasts until then is counted. */
    public void lasted(long now) {
        if (state == CircuitState.OPEN) {
            openNanos += now - since;
        } else if (state == CircuitState.HALF_OPEN) {
            halfOpenNanos += now - since;
        }
        if (since < bins.end()) {
            for (int bin = bins.at(since); bin <= bins.at(now); bin++) {
                if (severity(state) > severity(worst[bin])) {
                    worst[bin] = state;
                }
            }
        }
        since = now;
    }

    /** 0 for closed, 1 for half-open, 2 for open. */
    public static int severity(CircuitState state) {
        return switch (state) {
            case CLOSED -> 0;
            case HALF_OPEN -> 1;
            case OPEN -> 2;
        };
    }

    /** How often it opened, from closed or from half-open. */
    public int opened() {
        return opened;
    }

    /** For how long it was open in all; nanoseconds. */
    public long openNanos() {
        return openNanos;
    }

    /** For how long it was half-open in all; nanoseconds. */
    public long halfOpenNanos() {
        return halfOpenNanos;
    }

    /** The worst state of each bin. */
    public List<CircuitState> worst() {
        return List.of(worst);
    }
}
