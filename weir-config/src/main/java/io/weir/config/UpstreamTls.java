package io.weir.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How the server of an {@code https} URL is verified, and how the gateway identifies itself to it. The certificate of
 * the server must always be valid, and for its name.
 *
 * @param ca a PEM file of the CAs that are trusted; without it those of the JDK's trust store
 * @param certificate a PEM file of the gateway's own certificate and the chain behind it, for servers that require one
 * @param key its private key; there if the certificate is
 * @param serverName the name that is asked for (SNI) and verified in place of the URL's host
 */
public record UpstreamTls(
        Optional<Path> ca, Optional<Path> certificate, Optional<Path> key, Optional<String> serverName) {

    /** The JDK's trust store, no certificate of the gateway's own, and the name in the URL. */
    public static final UpstreamTls DEFAULT =
            new UpstreamTls(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
}
