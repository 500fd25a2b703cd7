package io.weir.core.queue;

/** Is told what changes about an upstream. Called outside any lock of the queue's; an exception is swallowed. */
@FunctionalInterface
public interface UpstreamListener {
    /** Listens to nothing. */
    UpstreamListener NONE = (upstream, state) -> {};

    /** The circuit breaker of that upstream has moved. */
    void onCircuit(String upstream, CircuitState state);
}
