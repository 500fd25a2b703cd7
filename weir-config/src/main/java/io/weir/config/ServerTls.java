package io.weir.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The PEM files of an address that is listened on with TLS.
 *
 * @param certificate the certificate, and behind it those that lead to its CA
 * @param key its private key, not encrypted
 * @param clientCa the CAs of which clients need a certificate; without it none is asked for
 */
public record ServerTls(Path certificate, Path key, Optional<Path> clientCa) {}
