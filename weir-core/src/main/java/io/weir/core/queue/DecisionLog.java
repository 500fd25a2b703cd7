package io.weir.core.queue;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.core.Outcome;
import io.weir.core.Reason;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.config.ConfigKey;
import io.weir.core.config.WeirConfig;
import org.jspecify.annotations.Nullable;

/**
 * Writes down what was offered to queues and what they decided, a line of JSON each, so that the same can be decided again. Every
 * operation on a queue that has a journal runs under the journal's monitor: the order of the lines is the order of the decisions. Times
 * are nanoseconds since the first line and never step back; the line of a queue says what the clock then was ({@code base}), since
 * what is rounded is rounded by the clock. Nothing of a message but its size, its work and its connection is written.
 */
public abstract class DecisionLog {
    /** The version of the lines' form. */
    public static final int VERSION = 1;

    @GuardedBy("this")
    private final StringBuilder line = new StringBuilder(256);

    @GuardedBy("this")
    private boolean begun;

    @GuardedBy("this")
    private long base;

    @GuardedBy("this")
    private long last;

    @GuardedBy("this")
    private long offers;

    /** Takes a line, without its end. Called under this journal's monitor: it must neither block nor throw. */
    protected abstract void line(String json);

    /** How a connection is named in the lines: the same name for the same connection. By default its key. */
    protected String label(Connection connection) {
        return connection.key();
    }

    /** Begins with the configuration in force. */
    public synchronized void begin(WeirConfig config) {
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
    public synchronized void close(Admission admission, long now) {
        event("closing", now);
        admission.close();
        write();
    }

    /** The time of an event: never before that of the event before. */
    @GuardedBy("this")
    long stamp(long now) {
        if (!begun) {
            begun = true;
            base = now;
            last = now;
        }
        last = Math.max(last - now, 0) + now;
        return last;
    }

    @GuardedBy("this")
    long nextNumber() {
        return ++offers;
    }

    @GuardedBy("this")
    void queue(String name, QueuePolicy policy, long now) {
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
        number("trial_ms", circuit.trial().toMillis());
        line.append('}');
        number("abandoned_hold_ms", policy.abandonedHold().toMillis());
        write();
    }

    @GuardedBy("this")
    void offered(String queue, Offer offer, Decision decision, @Nullable Offer pendingCallbacks, long now) {
        event("offer", now);
        named("q", queue);
        number("i", offer.number);
        named("tenant", offer.connection().tenant());
        named("conn", label(offer.connection()));
        named("work", offer.work());
        number("n", offer.messages());
        number("b", offer.bytes());
        named("p", offer.priority().key());
        number("ttl", offer.ttlNanos());
        number("w", offer.weight());
        Reason reason = offer.reason();
        if (decision == Decision.ADMITTED && reason == null) {
            named("d", offer.isQueued() ? "queued" : "dispatched");
        } else {
            named("d", decision.key());
            named("r", reason == null ? "" : reason.key());
            number("retry", offer.retryAfterNanos());
        }
        departed(pendingCallbacks);
        write();
    }

    @GuardedBy("this")
    void held(DirectReservation hold, Decision decision, long now) {
        event("hold", now);
        number("i", hold.number);
        named("tenant", hold.connection.tenant());
        named("conn", label(hold.connection));
        number("b", hold.bytes);
        named("p", hold.priority.key());
        named("d", decision.key());
        Reason reason = hold.reservation().reason();
        if (reason != null) {
            named("r", reason.key());
            number("retry", hold.reservation().retryAfterNanos());
        }
        write();
    }

    @GuardedBy("this")
    void released(DirectReservation hold, Outcome outcome, long now) {
        event("release", now);
        number("i", hold.number);
        named("o", outcome.key());
        write();
    }

    @GuardedBy("this")
    void finished(String queue, Offer offer, Outcome outcome, @Nullable Offer pendingCallbacks, long now) {
        event("finish", now);
        named("q", queue);
        number("i", offer.number);
        named("o", outcome.key());
        departed(pendingCallbacks);
        write();
    }

    @GuardedBy("this")
    void abandoned(String queue, Offer offer, Outcome outcome, long held, @Nullable Offer pendingCallbacks, long now) {
        event("abandon", now);
        named("q", queue);
        number("i", offer.number);
        named("o", outcome.key());
        number("held", held);
        departed(pendingCallbacks);
        write();
    }

    @GuardedBy("this")
    void cancelled(String queue, Offer offer, @Nullable Offer pendingCallbacks, long now) {
        event("cancel", now);
        named("q", queue);
        number("i", offer.number);
        departed(pendingCallbacks);
        write();
    }

    @GuardedBy("this")
    void swept(String what, String queue, @Nullable Connection connection, @Nullable Offer pendingCallbacks, long now) {
        event(what, now);
        named("q", queue);
        if (connection != null) {
            named("tenant", connection.tenant());
            named("conn", label(connection));
        }
        departed(pendingCallbacks);
        write();
    }

    @GuardedBy("this")
    private void departed(@Nullable Offer pendingCallbacks) {
        departed("dispatched", pendingCallbacks, null);
        departed("expired", pendingCallbacks, Outcome.EXPIRED);
        departed("evicted", pendingCallbacks, Outcome.EVICTED);
    }

    /** The numbers of those that left so; null stands for the upstream. */
    @GuardedBy("this")
    private void departed(String name, @Nullable Offer pendingCallbacks, @Nullable Outcome outcome) {
        boolean any = false;
        for (Offer offer = pendingCallbacks; offer != null; offer = offer.next) {
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

    @GuardedBy("this")
    private void event(String name, long now) {
        line.setLength(0);
        line.append("{\"e\":");
        text(name);
        number("t", stamp(now) - base);
    }

    @GuardedBy("this")
    private void write() {
        line(line.append('}').toString());
    }

    @GuardedBy("this")
    private StringBuilder field(String name) {
        return line.append(",\"").append(name).append("\":");
    }

    @GuardedBy("this")
    private void number(String name, long value) {
        field(name).append(value);
    }

    @GuardedBy("this")
    private void named(String name, String value) {
        field(name);
        text(value);
    }

    @GuardedBy("this")
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
