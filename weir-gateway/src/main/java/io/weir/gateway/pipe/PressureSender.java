package io.weir.gateway.pipe;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.gateway.admission.RequestAdmission;
import io.weir.gateway.mcp.BackpressureNotification;
import io.weir.gateway.session.Client;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Tells the client of a pipe when what it has pending crosses the threshold of its limits: on a thread of its own,
 * since a client that does not read blocks whoever writes. Thread-safe.
 */
final class PressureSender {
    private final RequestAdmission admission;
    private final Client client;
    private final String upstream;
    private final Consumer<byte[]> out;

    @GuardedBy("this")
    private boolean crossed;

    private PressureSender(RequestAdmission admission, Client client, String upstream, Consumer<byte[]> out) {
        this.admission = admission;
        this.client = client;
        this.upstream = upstream;
        this.out = out;
    }

    /** Tells that client from now on, until the process ends. */
    static void start(RequestAdmission admission, Client client, String upstream, Consumer<byte[]> out) {
        PressureSender made = new PressureSender(admission, client, upstream, out);
        Thread thread = new Thread(made::run, "weir-stdio-pressure");
        thread.setDaemon(true);
        thread.start();
        admission.signals().subscribe(client, made::crossed);
    }

    private synchronized void crossed() {
        crossed = true;
        notifyAll();
    }

    private synchronized void awaitCrossing() throws InterruptedException {
        while (!crossed) {
            wait();
        }
        crossed = false;
    }

    private void run() {
        boolean active = false;
        try {
            while (true) {
                awaitCrossing();
                long now = System.nanoTime();
                BackpressureNotification pressure = admission.pressure(client, upstream, now);
                if (pressure.active() != active) {
                    active = pressure.active();
                    out.accept(pressure.toBytes());
                    TimeUnit.NANOSECONDS.sleep(BackpressureNotification.MIN_INTERVAL_NANOS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
