package io.weir.gateway;

import io.weir.gateway.config.GatewayConfig;
import io.weir.gateway.config.HostPort;

/** A running gateway. Thread-safe. */
@SuppressWarnings("DoNotCallSuggester")
public final class Gateway implements AutoCloseable {
    private Gateway() {}

    /**
     * Starts listening; returns when clients can connect.
     *
     * @throws GatewayException if an address cannot be listened on or a file cannot be read; the message says which and what to do
     */
    public static Gateway start(GatewayConfig config) throws GatewayException {
        throw new GatewayException("not startable: " + config);
    }

    /** Where MCP clients connect, with the port that was really taken. */
    public HostPort http() {
        throw new UnsupportedOperationException();
    }

    /** Where the operator connects, with the port that was really taken. */
    public HostPort admin() {
        throw new UnsupportedOperationException();
    }

    /** Admits nothing new, waits for what is in flight (as long as configured), answers everyone, and stops. Idempotent. */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
