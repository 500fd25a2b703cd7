package io.weir.config;

import java.util.Optional;

/**
 * Where the gateway itself listens with TLS.
 *
 * @param http where clients connect; without it in plain text
 * @param tcp the same for clients over TCP
 * @param admin the same for the operator's port
 */
public record TlsConfig(Optional<ServerTls> http, Optional<ServerTls> tcp, Optional<ServerTls> admin) {
    /** In plain text everywhere. */
    public static final TlsConfig NONE = new TlsConfig(Optional.empty(), Optional.empty(), Optional.empty());

    /** Whether clients connect with TLS anywhere. */
    boolean ofClients() {
        return http.isPresent() || tcp.isPresent();
    }

    /** Whether clients need a certificate anywhere. */
    boolean certifiesClients() {
        return http.flatMap(ServerTls::clientCa).isPresent()
                || tcp.flatMap(ServerTls::clientCa).isPresent();
    }
}
