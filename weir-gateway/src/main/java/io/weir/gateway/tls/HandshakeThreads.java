package io.weir.gateway.tls;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where the asymmetric cryptography of clients' TLS handshakes runs: a millisecond or more each, which an event loop
 * would not serve other connections for. Half of the processors at the most, so that a storm of handshakes leaves the
 * others to established connections; those that wait are as many as there are client connections in a handshake. The
 * threads end when they are idle.
 */
final class HandshakeThreads {
    private static final long IDLE_SECONDS = 10;
    private static final AtomicInteger LAST = new AtomicInteger();

    /** One for the whole process, whose processors all gateways in it share. */
    static final Executor SHARED = make(Math.max(1, Runtime.getRuntime().availableProcessors() / 2));

    private HandshakeThreads() {}

    private static Executor make(int threads) {
        ThreadPoolExecutor made = new ThreadPoolExecutor(
                threads, threads, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), work -> {
                    Thread thread = new Thread(work, "weir-tls-handshake-" + LAST.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        made.allowCoreThreadTimeOut(true);
        return made;
    }
}
