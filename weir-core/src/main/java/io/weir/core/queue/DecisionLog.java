package io.weir.core.queue;

import io.weir.core.Outcome;
import io.weir.core.Priority;
import io.weir.core.Reason;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.admission.PressureListener;
import io.weir.core.admission.Reservation;
import io.weir.core.config.ConfigKey;
import io.weir.core.config.TenantConfig;
import io.weir.core.config.TenantKey;
import io.weir.core.config.WeirConfig;
import io.weir.core.state.State;
import io.weir.core.state.StateReader;
import io.weir.core.state.StateWriter;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Writes down what was offered to queues and what they decided, a line of JSON each, so that the same can be decided
 * again. Every operation on a queue that has a decision log runs under the log's lock: the order of the lines is the
 * order of the decisions. Times are nanoseconds since the first line and never step back; the line of a queue says what
 * the clock then was ({@code base}), since what is rounded is rounded by the clock. Nothing of a message but its size,
 * its operation and its connection is written.
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

    private static final String CRC = ",\"crc\":";

    private static final Offer.Handler NOBODY = new Offer.Handler() {
        @Override
        public void dispatched(Offer offer, long now) {
            // Nothing is read where this is passed.
        }

        @Override
        public void removed(Offer offer, Outcome outcome, long now) {
            // As above.
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
    private volatile boolean hasQueues;
    private final Map<String, UpstreamQueue> queues = new LinkedHashMap<>();
    private final Map<Long, DirectReservation> held = new LinkedHashMap<>();

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
     * A listener for the admission of the queues that are logged here: it passes on to another what happens, in its
     * order, but never under this log's lock.
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
    protected String label(String connectionKey) {
        return connectionKey;
    }

    /** Begins with the configuration in force. */
    public final void begin(WeirConfig config) {
        lock();
        try {
            line.setLength(0);
            line.append("{\"e\":\"start\",\"v\":").append(VERSION);
            writeConfig(config);
            write();
        } finally {
            unlock();
        }
    }

    private void writeConfig(WeirConfig config) {
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
        if (!config.tenants().isEmpty()) {
            field("tenants").append('{');
            String comma = "";
            for (Map.Entry<String, TenantConfig> tenant : config.tenants().entrySet()) {
                line.append(comma);
                text(tenant.getKey());
                line.append(':');
                writeTenant(tenant.getValue());
                comma = ",";
            }
            line.append('}');
        }
    }

    private void writeTenant(TenantConfig config) {
        char before = '{';
        for (TenantKey key : TenantKey.values()) {
            Optional<String> value = key.get(config);
            if (value.isPresent()) {
                line.append(before);
                text(key.key());
                line.append(':');
                text(value.get());
                before = ',';
            }
        }
        line.append('}');
    }

    /**
     * Replaces the configuration of the admission of the queues that are logged here. The line stands before that of
     * the first decision that is made with it.
     */
    public final void update(Admission admission, WeirConfig next, long now) {
        lock();
        try {
            event("limits", now);
            admission.update(next, last);
            writeConfig(next);
            write();
        } finally {
            unlock();
        }
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

    private void queue(String name, QueuePolicy policy, long now) {
        event("queue", now);
        number("base", base);
        named("q", name);
        policy.state(new StateWriter(line));
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
        named("conn", label(offer.connection().key()));
        named("operation", offer.operation());
        number("n", offer.messages());
        number("b", offer.bytes());
        named("p", offer.priority().key());
        number("ttl", offer.ttlNanos());
        number("w", offer.weight());
        neverPaused(offer);
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
        if (decision.isAdmitted()) {
            held.put(hold.number, hold);
        }
        event("hold", now);
        number("i", hold.number);
        named("tenant", hold.connection.tenant());
        named("conn", label(hold.connection.key()));
        number("b", hold.bytes);
        named("p", hold.priority.key());
        neverPaused(hold);
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
        held.remove(hold.number);
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
            named("conn", label(connection.key()));
        }
        departed(left);
        write();
    }

    private void neverPaused(Reservation offered) {
        if (!offered.mayPause()) {
            field("pause").append(false);
        }
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
        StateWriter.quote(line, value);
    }

    boolean logs() {
        return logs;
    }

    /** Whether there is a queue, so that {@link #checkpoint} writes something. */
    public final boolean hasQueues() {
        return hasQueues;
    }

    /** From now on the queue is part of checkpoints. */
    void register(UpstreamQueue queue, boolean isNew, long now) {
        if (logs) {
            queues.put(queue.name(), queue);
            hasQueues = true;
            if (isNew) {
                queue(queue.name(), queue.policy(), now);
            }
        }
    }

    /** From now on the queue has another name. */
    void renamed(UpstreamQueue queue, String before, String after, long now) {
        if (!logs) {
            return;
        }
        if (queues.containsKey(after)) {
            throw new IllegalArgumentException("there is a queue of that name: " + after);
        }
        event("rename", now);
        named("q", before);
        named("as", after);
        queues.remove(before);
        queues.put(after, queue);
        write();
    }

    /** From now on the queue is no part of checkpoints. */
    void removed(String queue, long now) {
        if (!logs) {
            return;
        }
        event("remove", now);
        named("q", queue);
        queues.remove(queue);
        write();
    }

    /**
     * Writes a line that holds all that decides on what comes, so that what follows can be decided again without the
     * lines before it. As long as what is pending and remembered, and written under the lock that every decision takes.
     * Nothing is written before the first queue.
     */
    public final void checkpoint() {
        lock();
        try {
            checkpoint(last);
        } finally {
            unlock();
        }
    }

    /**
     * As {@link #checkpoint()}, where a replay has come to its line.
     *
     * @param now the time of that line
     */
    public final void checkpoint(long now) {
        lock();
        try {
            if (begun && !queues.isEmpty()) {
                stamp(now);
                UpstreamQueue any = queues.values().iterator().next();
                line.setLength(0);
                line.append("{\"e\":\"checkpoint\",\"v\":").append(VERSION);
                writeConfig(any.admission().config());
                state(new StateWriter(line), any.admission(), NOBODY);
                number("crc", crc(line));
                write();
                line.setLength(0);
                line.trimToSize();
            }
        } finally {
            unlock();
        }
    }

    private void state(State state, Admission admission, Offer.Handler handler) {
        base = state.number("base", base);
        last = base + state.number("t", last - base);
        offers = state.number("offers", offers);
        state.list(
                "queues",
                queues.values(),
                (each, queue) -> {
                    each.text("q", queue.name());
                    queue.policy().state(each);
                    queue.state(each, this::label, handler, last);
                },
                each -> UpstreamQueue.restored(
                                Objects.requireNonNull(each.text("q", "")),
                                admission,
                                QueuePolicy.read(each),
                                this,
                                last)
                        .state(each, this::label, handler, last));
        state.list(
                "holds",
                held.values(),
                (each, hold) -> {
                    each.number("i", hold.number);
                    each.text("tenant", hold.connection.tenant());
                    each.text("conn", label(hold.connection.key()));
                    each.constant("p", hold.priority);
                    each.number("b", hold.bytes);
                },
                each -> {
                    DirectReservation hold = new DirectReservation(
                            admission.connection(
                                    Objects.requireNonNull(each.text("tenant", "")),
                                    Objects.requireNonNull(each.text("conn", "")),
                                    last),
                            each.constant("p", Priority.CALL),
                            each.number("b", 0L));
                    hold.number = each.number("i", 0L);
                    held.put(hold.number, hold);
                    admission.resume(hold.connection, hold, 1, hold.bytes);
                });
        Map<String, Object> rateKeys = new LinkedHashMap<>();
        queues.forEach((name, queue) -> rateKeys.put(name, queue.rateKey()));
        state.part("limits", each -> admission.state(each, this::label, rateKeys, last));
    }

    /** Of a line, or of a part of it, which is ASCII. */
    private static long crc(CharSequence text) {
        CRC32 crc = new CRC32();
        byte[] bytes = new byte[8192];
        for (int begun = 0; begun < text.length(); begun += bytes.length) {
            int length = Math.min(bytes.length, text.length() - begun);
            for (int i = 0; i < length; i++) {
                bytes[i] = (byte) text.charAt(begun + i);
            }
            crc.update(bytes, 0, length);
        }
        return crc.getValue();
    }

    /**
     * What a checkpoint has restored.
     *
     * @param queues by name
     * @param offers all that is pending, by the numbers in the log
     * @param holds all that is held outside the queues, by the numbers in the log
     */
    public record Restored(
            Map<String, UpstreamQueue> queues, Map<Long, Offer> offers, Map<Long, DirectReservation> holds) {}

    /**
     * Goes on where a checkpoint was written. This log must be new; it writes the checkpoint again.
     *
     * @param text the line
     * @param fields the same, parsed
     * @param admission new, with the configuration of the checkpoint
     * @param handler of the offers that are pending
     * @throws IllegalArgumentException if the line is damaged, or of another version of Weir; the message says what is
     *     wrong
     */
    public final Restored restore(String text, Map<?, ?> fields, Admission admission, Offer.Handler handler) {
        lock();
        try {
            int sum = text.lastIndexOf(CRC);
            if (sum < 0 || !text.equals(text.substring(0, sum) + CRC + crc(text.substring(0, sum)) + "}")) {
                throw new IllegalArgumentException("is damaged: its checksum does not fit");
            }
            begun = true;
            state(new StateReader(fields), admission, handler);
            Map<Long, Offer> pending = new HashMap<>();
            queues.values().forEach(queue -> pending.putAll(queue.pending()));
            checkpoint(last);
            return new Restored(new HashMap<>(queues), pending, new HashMap<>(held));
        } finally {
            unlock();
        }
    }
}
