package io.weir.gateway.tcp;

import io.weir.config.TcpConfig;
import io.weir.gateway.edge.ClientAddresses;
import io.weir.gateway.edge.ConnectionCaps;
import io.weir.gateway.edge.CredentialsLog;
import io.weir.gateway.edge.HandshakeLog;
import io.weir.gateway.edge.Identification;
import io.weir.gateway.http.MemoryBudget;
import io.weir.gateway.tls.TlsContext;
import java.util.Optional;

/**
 * What the fronts of all event loops share. Every part is thread-safe.
 *
 * @param config where they listen
 * @param addresses finds out what a client's address is counted by
 * @param identification whom keys and tokens belong to
 * @param caps the connections there are
 * @param responses bytes that are kept for clients that read slowly
 * @param answers bytes of messages to clients that are not whole yet, or not written
 * @param tls what connections are encrypted with, if they are
 * @param handshakes notifies the operator of handshakes that fail
 * @param credentials notifies the operator of clients whose credentials are refused
 */
public record TcpServices(
        TcpConfig config,
        ClientAddresses addresses,
        Identification identification,
        ConnectionCaps caps,
        MemoryBudget responses,
        MemoryBudget answers,
        Optional<TlsContext> tls,
        HandshakeLog handshakes,
        CredentialsLog credentials) {}
