package io.weir.sim.replay;

import io.weir.core.Outcome;
import io.weir.core.Reason;
import io.weir.core.admission.Admission;
import io.weir.core.admission.Connection;
import io.weir.core.admission.Decision;
import io.weir.core.admission.PressureListener;
import io.weir.core.admission.Reservation;
import io.weir.core.config.WeirConfig;
import io.weir.core.queue.Offer;
import io.weir.core.queue.QueuePolicy;
import io.weir.core.queue.QueueStats;
import io.weir.core.queue.UpstreamListener;
import io.weir.core.queue.UpstreamQueue;
import io.weir.sim.engine.VirtualTime;
import io.weir.sim.run.CircuitHistory;
import io.weir.sim.scenario.UpstreamSettings;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/** Offers what was offered, when it was offered, to a core that is configured otherwise. Used once; not thread-safe. */
final class WhatIfRun {
    private static final long TICK = 25_000_000;
    private static final long MAX_END = 600_000_000_000L;

    private final VirtualTime time = new VirtualTime();
    private final Map<String, UpstreamQueue> queues = new TreeMap<>();
    private final Map<String, CircuitHistory> circuits = new TreeMap<>();
    private final Map<String, Deque<LoggedOffer>> unread = new HashMap<>();
    private final History history;
    private final Map<String, UpstreamEvidence> evidence = new TreeMap<>();
    private final Map<String, ModelledUpstream> upstreams = new HashMap<>();
    private final Admission admission;
    private final Map<String, UpstreamSettings> settings;
    private final Map<String, Long> configuredTtl = new HashMap<>();
    private final LongConsumer progress;
    private final Tracker tracker;
    private long pending;

    /**
     * Another present.
     *
     * @param settings of upstreams, by name; one that is not there behaves as logged
     * @param progress is told the virtual time, now and then
     */
    WhatIfRun(History history, WeirConfig config, Map<String, UpstreamSettings> settings, LongConsumer progress) {
        this.history = history;
        this.settings = settings;
        this.progress = progress;
        this.tracker = new Tracker(history, this::gauges);
        this.admission = Admission.repeatable(config, new PressureListener() {
            @Override
            public void onPressure(Pressure pressure) {
                // Of no consequence here.
            }

            @Override
            public void onDrained(String tenant, String connection) {
                time.at(time.now(), () -> goOn(key(tenant, connection)));
            }
        });
    }

    Tracker play() throws ReplayException {
        learn();
        for (LoggedOffer past : history.offers()) {
            if (!past.decision.equals("paused")) {
                time.at(past.at, () -> arrives(past));
            }
        }
        List<Long> durations = history.holds().stream()
                .filter(each -> each.releasedAt >= 0)
                .map(each -> each.releasedAt - each.at)
                .toList();
        for (int i = 0; i < history.holds().size(); i++) {
            LoggedReservation hold = history.holds().get(i);
            long duration = hold.releasedAt >= 0
                    ? hold.releasedAt - hold.at
                    : durations.isEmpty() ? 0 : durations.get(i % durations.size());
            time.at(hold.at, () -> holds(hold, duration));
        }
        for (History.Reset reset : history.resets()) {
            time.at(reset.at(), () -> resets(reset));
        }
        time.at(TICK, this::tick);
        time.runUntil(history.end() + 1);
        tracker.finish();
        while (pending > 0 && time.now() < history.end() + MAX_END) {
            time.runUntil(time.now() + TICK);
        }
        circuits.values().forEach(circuit -> circuit.lasted(time.now()));
        return tracker;
    }

    private void learn() throws ReplayException {
        Map<String, List<LoggedOffer>> byUpstream = new TreeMap<>();
        for (LoggedOffer past : history.offers()) {
            byUpstream
                    .computeIfAbsent(UpstreamSettings.upstreamOf(past.queue), name -> new ArrayList<>())
                    .add(past);
            configuredTtl.merge(past.queue, past.ttl, Math::max);
        }
        for (Map.Entry<String, List<LoggedOffer>> each : byUpstream.entrySet()) {
            UpstreamEvidence known = new UpstreamEvidence(each.getValue());
            if (known.isEmpty()) {
                throw new ReplayException("the log has no finished message of upstream '" + each.getKey()
                        + "', so it does not show how long its messages take");
            }
            evidence.put(each.getKey(), known);
            upstreams.put(each.getKey(), ModelledUpstream.of(time, known.shape()));
        }
    }

    /** The shape that each upstream is taken to have. */
    Map<String, UpstreamShape> shapes() {
        Map<String, UpstreamShape> shapes = new TreeMap<>();
        evidence.forEach((name, known) -> shapes.put(name, known.shape()));
        return shapes;
    }

    /** The most messages that each upstream had in flight at once. */
    Map<String, Long> maxInFlight() {
        Map<String, Long> most = new TreeMap<>();
        upstreams.forEach((name, upstream) -> most.put(name, upstream.maxInFlight()));
        return most;
    }

    private UpstreamQueue queue(String name, QueuePolicy policy) {
        return queues.computeIfAbsent(name, unknown -> {
            CircuitHistory circuit = new CircuitHistory(history.bins());
            circuits.put(name, circuit);
            UpstreamListener listener = (upstream, state) -> circuit.changed(state, time.now());
            return new UpstreamQueue(name, admission, policy, listener, null, time.now());
        });
    }

    private UpstreamQueue queue(LoggedOffer past) {
        String upstream = UpstreamSettings.upstreamOf(past.queue);
        UpstreamSettings own = settings.get(upstream);
        return own == null
                ? queue(past.queue, history.queues().getOrDefault(past.queue, QueuePolicy.DEFAULT))
                : queue(own.queue(upstream, past.work), own.policy(past.work));
    }

    private void gauges() {
        queues.forEach((name, queue) -> {
            QueueStats stats = queue.stats(time.now());
            tracker.capacity(name, stats.slots());
            tracker.openOperations(stats.openOperations());
            stats.operations().stream()
                    .filter(QueueStats.OperationStats::isLimited)
                    .forEach(each -> tracker.limit(name, each.operation(), each.limit()));
        });
    }

    /** The states of the queues' circuit breakers, by the queue's name. */
    Map<String, CircuitHistory> circuits() {
        return circuits;
    }

    private void tick() {
        tracker.advance(time.now());
        queues.values().forEach(queue -> queue.tick(time.now()));
        progress.accept(time.now());
        time.after(TICK, this::tick);
    }

    /** The log has one reset for each queue of the upstream; a second one finds nothing left. */
    private void resets(History.Reset reset) {
        Connection same = admission.connection(reset.tenant(), reset.connection(), time.now());
        queues.forEach((name, queue) -> {
            if (UpstreamSettings.upstreamOf(name).equals(reset.upstream())) {
                queue.reset(same, time.now());
            }
        });
    }

    /** One that the log refused, or does not see the end of, holds for as long as others did, in turn. */
    private void holds(LoggedReservation hold, long duration) {
        long now = time.now();
        Reservation reservation = new Reservation();
        if (!hold.mayPause) {
            reservation.refuseInsteadOfPause();
        }
        Connection connection = admission.connection(hold.tenant, hold.connection, now);
        if (admission.admit(connection, reservation, hold.priority, null, 1, hold.bytes, now) == Decision.ADMITTED) {
            time.after(duration, () -> admission.release(reservation, Outcome.COMPLETED));
        }
    }

    private static String key(String tenant, String connection) {
        return tenant + '\n' + connection;
    }

    private void arrives(LoggedOffer past) {
        Deque<LoggedOffer> behind = unread.get(key(past.tenant, past.connection));
        if (past.reason.equals(Reason.CLOSED.key())) {
            // A gateway that stops refuses under any configuration; and one that starts again goes on in the same log.
            tracker.advance(time.now());
            tracker.rejected(past, past.decision, past.reason);
        } else if (behind != null) {
            behind.add(past);
        } else {
            new Present(past).offer();
        }
    }

    private void goOn(String connection) {
        Deque<LoggedOffer> behind = unread.remove(connection);
        List<LoggedOffer> again = behind == null ? List.of() : new ArrayList<>(behind);
        again.forEach(this::arrives);
    }

    /**
     * How long a message may wait: what is configured, or less where its client had asked for less than was configured
     * in the log.
     */
    private long ttlNanos(UpstreamSettings own, LoggedOffer past) {
        long ttl = own.ttlNanos(past.work);
        boolean shorter = past.ttl < Objects.requireNonNull(configuredTtl.get(past.queue));
        return shorter ? Math.min(past.ttl, ttl) : ttl;
    }

    /** One offer of the past, once more. */
    private final class Present implements Offer.Handler {
        private final LoggedOffer past;
        private final UpstreamQueue queue;
        private final Offer offer;
        private boolean counted;
        private boolean over;

        Present(LoggedOffer past) {
            this.past = past;
            this.queue = queue(past);
            UpstreamSettings own = settings.get(UpstreamSettings.upstreamOf(past.queue));
            Connection connection = admission.connection(past.tenant, past.connection, time.now());
            this.offer = new Offer(
                    connection,
                    past.work,
                    past.messages,
                    past.bytes,
                    own == null ? past.priority : own.priority(past.work).orElse(past.priority),
                    own == null ? past.ttl : ttlNanos(own, past),
                    own == null ? past.weight : own.weight(past.tenant, past.work, admission.weight(connection)),
                    this);
            if (!past.mayPause) {
                offer.refuseInsteadOfPause();
            }
        }

        void offer() {
            long now = time.now();
            tracker.advance(now);
            Decision decision = queue.offer(offer, now);
            if (decision.isAdmitted()) {
                letIn();
                if (decision == Decision.DISPATCHED) {
                    dispatched(offer, now);
                }
                if (past.wasCancelled() && past.endedAt >= now) {
                    time.at(past.endedAt, this::cancel);
                }
            } else if (decision == Decision.PAUSED) {
                unread.computeIfAbsent(key(past.tenant, past.connection), key -> new ArrayDeque<>())
                        .add(past);
            } else {
                Reason reason = offer.reason();
                tracker.rejected(past, decision.key(), reason == null ? "" : reason.key());
            }
        }

        private void letIn() {
            if (!counted) {
                counted = true;
                pending++;
                tracker.admitted(past);
            }
        }

        @Override
        public void dispatched(Offer same, long now) {
            letIn();
            tracker.dispatched(past, now);
            String upstream = UpstreamSettings.upstreamOf(past.queue);
            UpstreamEvidence.Work work =
                    Objects.requireNonNull(evidence.get(upstream)).of(past);
            Objects.requireNonNull(upstreams.get(upstream)).accept(work.nanos(), () -> finish(work.outcome()));
        }

        private void finish(Outcome outcome) {
            if (!over) {
                end(outcome, true, time.now());
            }
            queue.finish(offer, outcome, time.now());
        }

        @Override
        public void removed(Offer same, Outcome outcome, long now) {
            letIn();
            end(outcome, false, now);
        }

        private void end(Outcome outcome, boolean wasInFlight, long now) {
            over = true;
            pending--;
            tracker.advance(now);
            tracker.ended(past, outcome, wasInFlight, now);
        }

        /** The client gives it up when it did in the log; the upstream goes on with what it has. */
        private void cancel() {
            if (queue.cancel(offer, time.now())) {
                end(Outcome.CANCELLED, false, time.now());
            } else if (queue.abandon(offer, Outcome.CANCELLED, time.now()) >= 0) {
                end(Outcome.CANCELLED, true, time.now());
            }
        }
    }
}
