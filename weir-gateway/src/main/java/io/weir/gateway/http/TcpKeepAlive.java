package io.weir.gateway.http;

import io.vertx.core.net.TCPSSLOptions;

/**
 * Probes of the kernel that find peers which vanished without a word: after a minute of silence every 15 seconds, four
 * times. Where there is no epoll, probes come at the times of the system.
 */
public final class TcpKeepAlive {
    private static final int IDLE_SECONDS = 60;
    private static final int INTERVAL_SECONDS = 15;
    private static final int PROBES = 4;

    private TcpKeepAlive() {}

    /** Turns them on in these options. */
    public static <T extends TCPSSLOptions> T on(T options) {
        options.setTcpKeepAlive(true)
                .setTcpKeepAliveIdleSeconds(IDLE_SECONDS)
                .setTcpKeepAliveIntervalSeconds(INTERVAL_SECONDS)
                .setTcpKeepAliveCount(PROBES);
        return options;
    }
}
