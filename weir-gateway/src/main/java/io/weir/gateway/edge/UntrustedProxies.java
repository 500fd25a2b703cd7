package io.weir.gateway.edge;

import java.net.InetAddress;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says once that a peer speaks for others whom the gateway cannot tell apart: maybe a proxy that should be trusted.
 * Thread-safe.
 */
final class UntrustedProxies {
    private static final Logger LOG = LoggerFactory.getLogger("weir.gateway");

    private final AtomicBoolean told = new AtomicBoolean();

    void note(InetAddress peer) {
        if (!told.get() && told.compareAndSet(false, true)) {
            LOG.warn(
                    "requests from {} say for whom they were forwarded, but that address is not in http.trusted_proxies: all its"
                            + " clients count as one. If it is your proxy, name it there; this is said once",
                    peer.getHostAddress());
        }
    }
}
