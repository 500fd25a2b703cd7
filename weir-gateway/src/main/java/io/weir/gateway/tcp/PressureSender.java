package io.weir.gateway.tcp;

import io.weir.gateway.admission.ConnectionSignals;
import io.weir.gateway.admission.RequestAdmission;
import io.weir.gateway.mcp.BackpressureNotification;
import io.weir.gateway.session.Client;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/*
 * A crossing only says that there is something to look at. What is written is the state when it is written, once the
 * client has read what it was sent before: so one notification waits at the most, and none is out of date.
 */

/**
 * Tells a client when what it has pending crosses the threshold of its limits. Confined to its event loop, but for the
 * crossings.
 */
final class PressureSender {
    private final TcpLoop loop;
    private final LineWriter to;
    private final Client client;

    /** One object each, since they are looked for where they wait. */
    private final Runnable onCrossing = this::crossed;

    private final Runnable send = this::send;
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private boolean active;
    private boolean ended;
    private long next = System.nanoTime();

    /** Begins to tell that client, which is known and ready for it. */
    PressureSender(TcpLoop loop, LineWriter to, Client client) {
        this.loop = loop;
        this.to = to;
        this.client = client;
        signals().subscribe(client, onCrossing);
        // Its limits may be those of others that were there before.
        crossed();
    }

    private ConnectionSignals signals() {
        return loop.proxy().admission().signals();
    }

    /** Called on any thread. */
    private void crossed() {
        if (scheduled.compareAndSet(false, true)) {
            loop.context().run(send);
        }
    }

    private void send() {
        long now = System.nanoTime();
        if (ended) {
            return;
        }
        if (to.isFull()) {
            to.whenDrained(send);
            return;
        }
        if (next - now > 0) {
            loop.context().later(TimeUnit.NANOSECONDS.toMillis(next - now) + 1, send);
            return;
        }
        // From here on a crossing is one to look at again.
        scheduled.set(false);
        RequestAdmission admission = loop.proxy().admission();
        BackpressureNotification pressure =
                admission.pressure(client, loop.upstream().config().name(), now);
        if (pressure.active() != active) {
            active = pressure.active();
            next = now + BackpressureNotification.MIN_INTERVAL_NANOS;
            loop.proxy().counters().backpressureNotifications.increment();
            to.write(pressure.toBytes());
        }
    }

    /** The connection is gone. */
    void end() {
        ended = true;
        signals().unsubscribe(client, onCrossing);
    }
}
