package io.weir.core.queue;

import io.weir.core.Outcome;
import io.weir.core.Reason;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.admission.PressureListener;
import io.weir.core.config.ConfigKey;
import io.weir.core.config.WeirConfig;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Writes down what was offered to queues and what they decided, a line of JSON each, so that the same can be decided again. Every
 * operation on a queue that has a decision log runs under the log's lock: the order of the lines is the order of the decisions. Times
 * are nanoseconds since the first line and never step back; the line of a queue says what the clock then was ({@code base}), since
 * what is rounded is rounded by the clock. Nothing of a message but its size, its operation and its connection is written.
 */
public abstract class DecisionLog {
    /** The version of the lines' form. */
    public static final int VERSION = 2;

    /** Logs nothing, and has no lock: what is done with it is done at once. */
    static final DecisionLog NONE = new DecisionLog(false) {
        @Override
        protected void line(String json) {
            throw new IllegalStateException("nothing is logged here");
        }
    };

    private final boolean logs;
    private final ReentrantLock lock = new ReentrantLock();
    private final Notifications notifications = new Notifications();

    /* All below guarded by the lock. */
    private final StringBuilder line = new StringBuilder(256);
    private boolean begun;
    private long base;
    private long last;
    private long offers;

    /** A log that nothing is written to yet. */
    protected DecisionLog() {
        this(true);
    }

    private DecisionLog(boolean logs) {
        this.logs = logs;
    }

    /** Before an operation whose line is to stand where its decision falls. */
    final void lock() {
        if (logs) {
            lock.lock();
        }
    }

    /** After it: listeners are called that had to wait for this. */
    final void unlock() {
        if (logs) {
            lock.unlock();
            notifications.callAll();
        }
    }

    /**
     * A listener for the admission of the queues that are logged here: it passes on to another what happens, in its order, but never
     * under this log's lock.
     */
    public final PressureListener outsideLock(PressureListener listener) {
        return new PressureListener() {
            @Override
            public void onPressure(Pressure pressure) {
                call(() -> listener.onPressure(pressure));
            }

            @Override
            public void onDrained(String tenant, String connection) {
                call(() -> listener.onDrained(tenant, connection));
            }
        };
    }

    private void call(Runnable call) {
        notifications.add(call);
        if (!lock.isHeldByCurrentThread()) {
            notifications.callAll();
        }
    }

    /** Takes a line, without its end. Called under this log's lock: it must neither block nor throw. */
    protected abstract void line(String json);

    /** How a connection is named in the lines: the same name for the same connection. By default its key. */
    protected String label(Connection connection) {
        return connection.key();
    }

    /** Begins with the configuration in force. */
    public final void begin(WeirConfig config) {
        lock();
        try {
            writeConfig(config);
        } finally {
            unlock();
        }
    }

    private void writeConfig(WeirConfig config) {
        line.setLength(0);
        line.append("{\"e\":\"start\",\"v\":").append(VERSION);
        for (String section : new String[] {ConfigKey.QUEUE_LIMITS, ConfigKey.BACKPRESSURE}) {
            field(section).append('{');
            String comma = "";
            for (ConfigKey key : ConfigKey.values()) {
                if (key.section().equals(section)) {
                    line.append(comma);
                    text(key.key());
                    line.append(':');
                    text(key.get(config));
                    comma = ",";
                }
            }
            line.append('}');
        }
        write();
    }

    /** Closes an admission; what is offered from then on is refused. */
    public final void close(Admission admission, long now) {
        lock();
        try {
            event("closing", now);
            admission.close();
            write();
        } finally {
            unlock();
        }
    }

    /** The time of an event: never before that of the event before. */
    long stamp(long now) {
        if (!logs) {
            return now;
        }
        if (!begun) {
            begun = true;
            base = now;
            last = now;
        }
        last = Math.max(last - now, 0) + now;
        return last;
    }

    long nextNumber() {
        return logs ? ++offers : 0;
    }

    void queue(String name, QueuePolicy policy, long now) {
        if (!logs) {
            return;
        }
        event("queue", now);
        CircuitPolicy circuit = policy.circuit();
        number("base", base);
        named("q", name);
        named("capacity", policy.capacity().toString());
        field("circuit").append('{');
        text("enabled");
        line.append(':').append(circuit.enabled());
        number("queue_delay_ms", circuit.queueDelay().toMillis());
        number("error_percent", circuit.errorPercent());
        number("open_ms", circuit.open().toMillis());
        number("half_open_ms", circuit.trial().toMillis());
        line.append('}');
        number("abandoned_hold_ms", policy.abandonedHold().toMillis());
        write();
    }

    void offered(String queue, Offer offer, Decision decision, @Nullable Offer left, long now) {
        if (!logs) {
            return;
        }
        event("offer", now);
        named("q", queue);
        number("i", offer.number);
        named("tenant", offer.connection().tenant());
        named("conn", label(offer.connection()));
        named("operation", offer.operation());
        number("n", offer.messages());
        number("b", offer.bytes());
        named("p", offer.priority().key());
        number("ttl", offer.ttlNanos());
        number("w", offer.weight());
        Reason reason = offer.reason();
        named("d", decision.key());
        if (!decision.isAdmitted()) {
            named("r", reason == null ? "" : reason.key());
            number("retry", offer.retryAfterNanos());
        }
        departed(left);
        write();
    }

    void held(DirectReservation hold, Decision decision, long now) {
        if (!logs) {
            return;
        }
        event("hold", now);
        number("i", hold.number);
        named("tenant", hold.connection.tenant());
        named("conn", label(hold.connection));
        number("b", hold.bytes);
        named("p", hold.priority.key());
        named("d", decision.key());
        Reason reason = hold.reason();
        if (reason != null) {
            named("r", reason.key());
            number("retry", hold.retryAfterNanos());
        }
        write();
    }

    void released(DirectReservation hold, Outcome outcome, long now) {
        if (!logs) {
            return;
        }
        event("release", now);
        number("i", hold.number);
        named("o", outcome.key());
        write();
    }

    void finished(String queue, Offer offer, Outcome outcome, @Nullable Offer left, long now) {
        if (!logs) {
            return;
        }
        event("finish", now);
        named("q", queue);
        number("i", offer.number);
        named("o", outcome.key());
        departed(left);
        write();
    }

    void abandoned(String queue, Offer offer, Outcome outcome, long held, @Nullable Offer left, long now) {
        if (!logs) {
            return;
        }
        event("abandon", now);
        named("q", queue);
        number("i", offer.number);
        named("o", outcome.key());
        number("held", held);
        departed(left);
        write();
    }

    void cancelled(String queue, Offer offer, @Nullable Offer left, long now) {
        if (!logs) {
            return;
        }
        event("cancel", now);
        named("q", queue);
        number("i", offer.number);
        departed(left);
        write();
    }

    void swept(String what, String queue, @Nullable Connection connection, @Nullable Offer left, long now) {
        if (!logs) {
            return;
        }
        event(what, now);
        named("q", queue);
        if (connection != null) {
            named("tenant", connection.tenant());
            named("conn", label(connection));
        }
        departed(left);
        write();
    }

    private void departed(@Nullable Offer left) {
        departed("dispatched", left, null);
        departed("expired", left, Outcome.EXPIRED);
        departed("evicted", left, Outcome.EVICTED);
    }

    /** The numbers of those that left so; null stands for the upstream. */
    private void departed(String name, @Nullable Offer left, @Nullable Outcome outcome) {
        boolean any = false;
        for (Offer offer = left; offer != null; offer = offer.nextCallback) {
            if (offer.outcome == outcome) {
                if (any) {
                    line.append(',');
                } else {
                    field(name).append('[');
                    any = true;
                }
                line.append(offer.number);
            }
        }
        if (any) {
            line.append(']');
        }
    }

    private void event(String name, long now) {
        line.setLength(0);
        line.append("{\"e\":");
        text(name);
        number("t", stamp(now) - base);
    }

    private void write() {
        line(line.append('}').toString());
    }

    private StringBuilder field(String name) {
        return line.append(",\"").append(name).append("\":");
    }

    private void number(String name, long value) {
        field(name).append(value);
    }

    private void named(String name, String value) {
        field(name);
        text(value);
    }

    private void text(String value) {
        line.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                line.append('\\').append(c);
            } else if (c >= ' ' && c < 0x7f) {
                line.append(c);
            } else {
                line.append("\\u");
                for (int shift = 12; shift >= 0; shift -= 4) {
                    line.append(Character.forDigit((c >> shift) & 0xf, 16));
                }
            }
        }
        line.append('"');
    }
}
